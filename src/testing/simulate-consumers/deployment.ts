import { type Platform, sleep } from '../../core/base/platform.ts'
import type { Change } from '../../core/journal/journal.ts'
import { firstFailedPlace } from '../../consumers/index.ts'
import type { Deliverer } from './deliverer.ts'
import type { Code } from './entities.ts'

/** The process that delivers at present, of the version of the code that is deployed. */
export interface Deployment {
  deliverer(): Deliverer
  code(): Code
  /** Deploys a version of the code, in a new process. */
  deploy(code: Code): void
  /** Ends the process and starts another one. */
  replace(): void
  /** Starts a process beside it. */
  startOther(): Deliverer
}

/** A delivery that takes longer is given up, and its process ended, as a function is at its time-out. */
export const timeoutMs = 3_000

/** Deploys the first version. */
export function startDeployment(start: (code: Code) => Deliverer, onStart: (code: Code) => void): Deployment {
  let code: Code = 1
  const startOther = () => {
    onStart(code)
    return start(code)
  }
  let deliverer = startOther()
  return {
    deliverer: () => deliverer,
    code: () => code,
    startOther,
    deploy(next) {
      code = next
      deliverer = startOther()
    },
    replace() {
      deliverer.process.crash()
      deliverer = startOther()
    },
  }
}

/** Delivers a batch; the first place that failed, or `'gone'` where the process did not answer in time. */
export async function deliverInTime(
  { consumers }: Deliverer,
  batch: readonly Change[],
  platform: Platform,
): Promise<number | undefined | 'gone'> {
  const ended = consumers
    .deliver(batch, { deadline: platform.now() + timeoutMs - 500 })
    .then(firstFailedPlace)
  return Promise.race([ended, sleep(platform, timeoutMs).then(() => 'gone' as const)])
}
