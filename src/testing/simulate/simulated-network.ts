import type { TailfoldError } from '../../core/base/errors.ts'
import { storeFailure } from '../../core/base/failures.ts'
import { sleep } from '../../core/base/platform.ts'
import { seededRandom } from '../virtual-platform.ts'
import type { StoreFault } from './classes.ts'
import type { Plan, PlannedStoreFault } from './plan.ts'
import type { World } from './world.ts'

/** The network between processes and their store: every request takes time, and the plan says which ones go wrong. */
export interface SimulatedNetwork {
  /** Sends a request. `content` identifies a write that is sent again. */
  request<Answer>(kind: 'read' | 'write', apply: () => Promise<Answer>, content?: object): Promise<Answer>
  /** The fault planned for the next request, when it is one of these. */
  upcoming(...kinds: readonly StoreFault[]): StoreFault | undefined
}

const never = new Promise<never>(() => {})

/** Longer than any caller waits. */
const beyondDeadlinesMs = 12_000

/** Starts a network that fails as planned. */
export function simulatedNetwork(
  plan: Pick<Plan, 'seed' | 'storeFaults'>,
  { platform, tally, elapsedMs }: Pick<World, 'platform' | 'tally' | 'elapsedMs'>,
): SimulatedNetwork {
  const random = seededRandom(plan.seed ^ 0x5eed)
  const planned = new Map<number, PlannedStoreFault>(plan.storeFaults.map((fault) => [fault.request, fault]))
  /** Writes that are refused until a time. */
  const refusedUntil = new WeakMap<object, number>()
  let requests = 0
  const travel = () => sleep(platform, random() * 4)

  /** Carries the request out and loses the answer. */
  async function loseReply(apply: () => Promise<unknown>, error: Error): Promise<never> {
    await apply()
    await travel()
    throw error
  }

  async function strike(
    { fault, forMs }: PlannedStoreFault,
    apply: () => Promise<unknown>,
    content: object | undefined,
  ): Promise<void> {
    switch (fault) {
      case 'lost-before-apply':
        throw new Error('connect ECONNRESET')
      case 'refused-with-500':
        throw new Error('500 Internal Server Error')
      case 'throttled':
        throw refused('slow down')
      case 'transaction-conflict':
        throw refused('transaction conflict')
      case 'refused-finally':
        throw refused('access denied', false)
      case 'hang':
        if (random() < 0.5) await apply()
        return never
      case 'late-apply':
        platform.schedule(forMs, () => void apply().catch(() => {}))
        await sleep(platform, random() * 20)
        throw new Error('socket hang up')
      case 'applied-reply-lost':
        return loseReply(apply, new Error('socket hang up'))
      case 'applied-then-500':
        return loseReply(apply, new Error('500 Internal Server Error'))
      case 'applied-then-final-error':
        return loseReply(
          apply,
          storeFailure('append', 'it said so', { applied: 'unknown', retryable: false }),
        )
      case 'reply-lost-then-refused':
        if (content !== undefined) refusedUntil.set(content, elapsedMs() + beyondDeadlinesMs)
        return loseReply(apply, new Error('socket hang up'))
      default: // what is left concerns pages and snapshots
    }
  }

  return {
    async request(kind, apply, content) {
      const fault = planned.get(requests++)
      await travel()
      if (content !== undefined && elapsedMs() < (refusedUntil.get(content) ?? 0)) throw refused('slow down')
      if (
        fault !== undefined &&
        !ofAnswers.has(fault.fault) &&
        (kind === 'write' || !ofWrites.has(fault.fault))
      ) {
        tally.add(fault.fault)
        await strike(fault, apply, content)
      }
      const answer = await apply()
      await travel()
      return answer
    },
    upcoming(...kinds) {
      const fault = planned.get(requests)?.fault
      if (fault === undefined || !kinds.includes(fault)) return undefined
      tally.add(fault)
      return fault
    },
  }
}

/** Faults that change what is answered; they strike where answers are made. */
const ofAnswers: ReadonlySet<StoreFault> = new Set(['page-of-one', 'snapshot-lost', 'snapshot-stale'])

/** Faults that mean nothing to a read. */
const ofWrites: ReadonlySet<StoreFault> = new Set([
  'transaction-conflict',
  'late-apply',
  'applied-reply-lost',
  'applied-then-500',
  'applied-then-final-error',
  'reply-lost-then-refused',
])

function refused(why: string, retryable = true): TailfoldError {
  return storeFailure('append', why, { applied: 'no', retryable })
}
