import type { Cause, Receipt } from '../journal/commit.ts'
import { type Attempt, decideOne, type Point, quietStep, type Step } from './decide-command.ts'
import type { AnyEntity } from '../entity/entity.ts'
import { describeEntity } from '../base/entity-key.ts'
import { TailfoldError } from '../base/errors.ts'
import { conflictBudgetExhausted, entityStopped } from '../base/failures.ts'
import { deepFreeze } from '../base/json.ts'
import type { Verdict } from './outcome.ts'
import { findReceipt, replay } from './receipts.ts'
import type { Task } from './pending-command.ts'
import type { View } from './view.ts'

/** The answers to a batch of commands, and what has to be written before they may be given. */
export interface Decision {
  /** One for each task, in order. */
  readonly verdicts: readonly Verdict[]
  readonly events: readonly unknown[]
  readonly eventTexts: readonly string[]
  readonly receipts: readonly Receipt[]
  /** `undefined` when nothing is known of any command. */
  readonly causes: readonly Cause[] | undefined
  /** State after `events`. */
  readonly state: unknown
}

/** True when a commit has to be written: there are events, or refusals to be recorded. */
export function needsCommit(decision: Decision): boolean {
  return decision.events.length > 0 || decision.receipts.length > 0
}

/** True when every answer is a recorded one, which no newer state can change. */
export function isRecorded(decision: Decision): boolean {
  return decision.verdicts.every((verdict) => verdict.kind === 'recorded')
}

/**
 * Runs `onCommand` for each task in order, each on the state the one before left. A command that throws or is refused
 * leaves no trace in the state and does not fail the others. Nothing is written and nobody is told yet.
 */
export async function decide(
  definition: AnyEntity,
  view: View,
  tasks: readonly Task[],
  attempt: Attempt,
): Promise<Decision> {
  const verdicts: Verdict[] = []
  const events: unknown[] = []
  const eventTexts: string[] = []
  const receipts: Receipt[] = []
  const causes: Cause[] = []
  let at: Point = { state: view.state, sequenceNr: view.sequenceNr, revision: view.revision }

  let stopped = false
  for (const task of tasks) {
    if (stopped || !task.begin()) {
      verdicts.push({
        kind: 'failed',
        error: stopped ? entityStopped(view.entity) : conflictBudgetExhausted(view.entity, 0),
      })
      continue
    }
    const found = await findRecorded(attempt, view, receipts, task)
    if (found !== undefined) {
      verdicts.push(replay(view, task, found))
      continue
    }
    const step =
      checkExpectedRevision(view, at, task) ?? (await decideOne(definition, view, at, task, attempt))
    const receipt = receiptOf(attempt, task, step, events.length)
    verdicts.push(receipt === undefined ? step.verdict : atCommit(step.verdict, view.revision + 1))
    if (receipt !== undefined) receipts.push(receipt)
    if (receipt !== undefined || step.events.length > 0) causes.push(...causesOf(task, step, events.length))
    events.push(...step.events)
    eventTexts.push(...step.eventTexts)
    // A recorded refusal is part of the commit too: what follows sees its revision, as it would in a commit of its own.
    at = receipt === undefined ? step.after : { ...step.after, revision: view.revision + 1 }
    stopped = attempt.endsWhenStopped && step.verdict.kind === 'replied' && step.verdict.stopped
  }
  const known = causes.length > 0 ? causes : undefined
  return { verdicts, events, eventTexts, receipts, causes: known, state: deepFreeze(at.state) }
}

async function findRecorded(
  { readCommit, findCommandId, window }: Attempt,
  view: View,
  pending: readonly Receipt[],
  task: Task,
) {
  const { commandId } = task
  if (commandId === undefined) return undefined
  const receipt = pending.find((candidate) => candidate.commandId === commandId)
  return receipt === undefined
    ? findReceipt(readCommit, findCommandId, view, window, commandId)
    : { receipt, revision: view.revision + 1 }
}

/** With a command id, an outcome that changes or refuses something is recorded; queries never are. */
function receiptOf(
  { keepsRefusals }: Attempt,
  task: Task,
  step: Step,
  firstEvent: number,
): Receipt | undefined {
  const { commandId, fingerprint } = task
  const { verdict } = step
  const eventCount = step.events.length
  if (commandId === undefined) return undefined
  const entry = { commandId, fingerprint, firstEvent, eventCount }
  if (verdict.kind === 'rejected' && keepsRefusals) {
    return { ...entry, outcome: { kind: 'rejected', reason: verdict.reason, details: verdict.details } }
  }
  return verdict.kind === 'replied' && eventCount > 0
    ? { ...entry, outcome: { kind: 'replied', reply: verdict.reply } }
    : undefined
}

function causesOf({ principal, traceparent }: Task, step: Step, firstEvent: number): readonly Cause[] {
  if (principal === undefined && traceparent === undefined) return []
  const eventCount = step.events.length
  const sender = principal && { principal: principal.id }
  return [{ firstEvent, eventCount, ...sender, ...(traceparent !== undefined && { traceparent }) }]
}

/** A recorded refusal makes a commit too, and is answered with its revision now and whenever it is repeated. */
function atCommit(verdict: Verdict, revision: number): Verdict {
  return verdict.kind === 'rejected' ? { ...verdict, revision } : verdict
}

function checkExpectedRevision(view: View, at: Point, task: Task): Step | undefined {
  const expected = task.expectedRevision
  const actual = at.revision
  if (expected === undefined || expected === actual) return undefined
  const entity = describeEntity(view.entity)
  const error = new TailfoldError(
    'revision-mismatch',
    `${entity} stands at revision ${actual}, not at the expected ${expected}. Read it again and decide anew.`,
    { entity, expected, actual },
  )
  return quietStep(at, { kind: 'failed', error })
}
