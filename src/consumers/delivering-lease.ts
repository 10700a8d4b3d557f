import type { Platform } from '../core/base/platform.ts'
import { type FeedCursor, leaseMs } from './feed-cursor.ts'

/** How often a lease is renewed. */
export const renewalMs = 1_000
/** Renewals without a handler that begins, after which a delivery is stuck: its lease is left to run out. */
const mostIdleRenewals = 30

/** The right of a follower to deliver: kept while it delivers, and asked for before each handler. */
export interface DeliveringLease {
  /** Notes that the lease was taken or renewed just now. */
  taken(): void
  /** Renews the lease for as long as the work takes. */
  during(work: () => Promise<void>): Promise<void>
  /** Whether another handler may begin: not once another follower has the lease, or after the end was asked for. */
  mayBegin(): boolean | Promise<boolean>
  /** False once another follower has it. */
  isOurs(): boolean
}

/** What a lease needs beside its row. */
export interface LeaseOptions {
  readonly platform: Platform
  readonly signal: AbortSignal
  /** Called when a delivery is stuck, once until it goes on. */
  readonly onStuck: () => void
}

/** The lease on a place in a feed. */
export function deliveringLease(
  kept: Pick<FeedCursor, 'renew'>,
  { platform, signal, onStuck }: LeaseOptions,
): DeliveringLease {
  let isOurs = false
  let renewedAt = 0
  let renewing: Promise<boolean> | undefined
  let working = false
  let idleRenewals = 0

  async function renew(): Promise<boolean> {
    const now = platform.now()
    try {
      isOurs = await kept.renew()
      renewedAt = now
      return isOurs
    } catch {
      // It holds until it runs out; the next round reports what is wrong.
      return false
    } finally {
      renewing = undefined
    }
  }

  const renewals = repeated(platform, () => {
    idleRenewals += 1
    const isStuck = idleRenewals >= mostIdleRenewals
    if (isStuck) onStuck()
    else renewing ??= renew()
    return !isStuck
  })

  return {
    taken() {
      isOurs = true
      renewedAt = platform.now()
    },
    async during(work) {
      working = true
      idleRenewals = 0
      renewals.start()
      try {
        await work()
      } finally {
        working = false
        renewals.stop()
        await renewing
      }
    },
    mayBegin() {
      idleRenewals = 0
      if (working) renewals.start()
      if (signal.aborted || !isOurs) return false
      const age = platform.now() - renewedAt
      if (age >= 0 && age < leaseMs) return true
      renewing ??= renew()
      return renewing
    },
    isOurs: () => isOurs,
  }
}

/** Work that is done once a second from the start on, until it answers false or is stopped. */
function repeated(platform: Platform, work: () => boolean) {
  let cancel: (() => void) | undefined

  function start(): void {
    cancel ??= platform.schedule(renewalMs, () => {
      cancel = undefined
      if (work()) start()
    })
  }

  return {
    start,
    stop(): void {
      cancel?.()
      cancel = undefined
    },
  }
}
