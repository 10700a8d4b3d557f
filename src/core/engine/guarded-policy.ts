import type { ResolvedEntity } from '../entity/entity.ts'
import type { SnapshotPolicy } from '../entity/snapshot-policy.ts'
import { callHook, type Warn } from './hooks.ts'

/** Wraps a snapshot policy so that it cannot fail a command. If it throws or returns anything but `true`, nothing is saved. */
export function guardedPolicy({ entityType, snapshotPolicy }: ResolvedEntity, warn: Warn): SnapshotPolicy {
  let warned = false
  const warnOnce: Warn = (message, error) => {
    if (!warned) warn(message, error)
    warned = true
  }
  const failed = `snapshotPolicy of ${entityType} failed; no snapshot is written until it returns true or false.`
  return (distance) => {
    const due: unknown = callHook(() => snapshotPolicy(distance), warnOnce, failed)
    if (due !== undefined && typeof due !== 'boolean') warnOnce(failed)
    return due === true
  }
}
