import type { ErrorCode } from '../core/base/errors.ts'
import type { CommandEnd, CommandStart } from '../core/engine/observer.ts'
import { parseTraceparent } from '../core/base/trace-parent.ts'

/** What is reported of one command when it has ended: plain JSON, and never anything of a payload. */
export interface CommandRecord {
  readonly requestId: string | undefined
  readonly entity: { readonly type: string; readonly id: string; readonly tenant: string | undefined }
  /** The name of the command, as it was sent. */
  readonly command: string
  readonly outcome: CommandEnd['outcome']
  readonly revisionBefore: number | undefined
  readonly revision: number | undefined
  readonly attempts: number
  readonly conflicts: number
  /** True for the recorded answer to an earlier command with the same id. */
  readonly replayed: boolean
  readonly replayedCommits: number
  /** Of the whole batch, where costs are asked for. */
  readonly requests: number | undefined
  readonly readUnits: number | undefined
  readonly writeUnits: number | undefined
  /** Commands that were decided together and share these costs. */
  readonly batch: number | undefined
  readonly durationMs: number
  readonly principal: string | undefined
  readonly traceId: string | undefined
}

/** Puts together what is known of a command. Its error gives its code and nothing else: messages and causes may quote. */
export function commandRecord(start: CommandStart, end: CommandEnd): CommandRecord {
  const { tenant, entityType, entityId, command, requestId, principal, traceparent } = start
  const {
    outcome,
    revisionBefore,
    revision,
    attempts,
    conflicts,
    replayed,
    replayedCommits,
    durationMs,
    cost,
  } = end
  return {
    requestId,
    entity: { type: entityType, id: entityId, tenant },
    command,
    outcome,
    revisionBefore,
    revision,
    attempts,
    conflicts,
    replayed,
    replayedCommits,
    requests: cost?.requests,
    readUnits: cost?.readUnits,
    writeUnits: cost?.writeUnits,
    batch: cost?.commands,
    durationMs,
    principal,
    traceId: parseTraceparent(traceparent)?.traceId,
  }
}

/** Outcomes that the caller can mend, or was bound to meet: nothing is wrong with the service. */
const ofTheCaller: ReadonlySet<CommandEnd['outcome']> = new Set<ErrorCode>([
  'invalid-command',
  'unhandled-command',
  'command-id-reused',
  'revision-mismatch',
  'record-too-large',
  'too-many-events',
  'queue-full',
  'too-many-rejections',
  'entity-stopped',
])

/** `info` for answers and rejections, `warn` for what the caller can mend, `error` for what the makers must look at. */
export function levelOf({ outcome }: Pick<CommandEnd, 'outcome'>): 'info' | 'warn' | 'error' {
  if (outcome === 'replied' || outcome === 'rejected') return 'info'
  return ofTheCaller.has(outcome) ? 'warn' : 'error'
}
