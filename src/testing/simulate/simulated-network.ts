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

/** The longest way to the store, or back. */
const wayMs = 4

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
  const travel = () => path.pause(wayMs)

  const path: Path = {
    random,
    pause: (mostMs) => sleep(platform, random() * mostMs),
    applyLater: (ms, apply) => void platform.schedule(ms, () => void apply().catch(() => {})),
    refuse: (content) => void refusedUntil.set(content, elapsedMs() + beyondDeadlinesMs),
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
        await strike(path, fault, apply, content)
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

/** What a fault can do to a request on its way. */
interface Path {
  readonly random: () => number
  /** Takes some time up to that. */
  pause(mostMs: number): Promise<void>
  applyLater(ms: number, apply: () => Promise<unknown>): void
  /** Refuses this write from now on. */
  refuse(content: object): void
}

async function strike(
  path: Path,
  { fault, forMs }: PlannedStoreFault,
  apply: () => Promise<unknown>,
  content: object | undefined,
): Promise<void> {
  /** Carries the request out and loses the answer. */
  const loseReply = async (error: Error): Promise<never> => {
    await apply()
    await path.pause(wayMs)
    throw error
  }
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
      if (path.random() < 0.5) await apply()
      return never
    case 'late-apply':
      path.applyLater(forMs, apply)
      await path.pause(20)
      throw new Error('socket hang up')
    case 'applied-reply-lost':
      return loseReply(new Error('socket hang up'))
    case 'applied-then-500':
      return loseReply(new Error('500 Internal Server Error'))
    case 'applied-then-final-error':
      return loseReply(storeFailure('append', 'it said so', { applied: 'unknown', retryable: false }))
    case 'reply-lost-then-refused':
      if (content !== undefined) path.refuse(content)
      return loseReply(new Error('socket hang up'))
    default: // what is left concerns pages and snapshots
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
