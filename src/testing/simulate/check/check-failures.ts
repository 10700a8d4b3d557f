import { isTailfoldError, type TailfoldError } from '../../../core/base/errors.ts'
import { explain } from '../../explain.ts'
import { type CommandInvocation, type Invocation, isCommand } from '../history.ts'
import { idOf } from './entries.ts'
import type { Sweep } from './sweep.ts'
import { type Problem, problem } from './violation.ts'

/** What holds of requests that were not answered, or with an error; and of what callers handed in. */
export function checkFailures(invocations: readonly Invocation[], sweeps: readonly Sweep[]): Problem[] {
  return invocations.flatMap((invocation) => {
    const { operation, returnedAt, orphaned, result } = invocation
    const { name } = operation
    if (returnedAt === undefined)
      return orphaned ? [] : [problem('every request is answered', [name], 'it never was')]
    const problems: Problem[] = []
    if (isCommand(invocation) && invocation.altered)
      problems.push(
        problem('what a caller hands in is not changed', [name], invocation.operation.command.type),
      )
    if (result?.kind !== 'error') return problems
    const { code, message, cause } = result.error
    if (code === 'unexpected')
      problems.push(problem('no error is unexpected', [name], `${message} ${String(cause)}`))
    if (code === 'journal-corrupt' && sweeps.length === 1)
      problems.push(problem('a sound journal is not called corrupt', [name], message))
    if (!isCommand(invocation)) return problems
    problems.push(...misdecided(name, result.error))
    if (code !== 'outcome-unknown') problems.push(...leftovers(invocation, returnedAt, code, sweeps))
    if (code === 'command-id-reused' && !isReused(invocation, sweeps))
      problems.push(problem('an id is reused by another command only', [name], 'there is no other'))
    return problems
  })
}

/** The engine keeps what cannot be folded or stored out of the journal; a decision that comes to that is wrong all the same. */
function misdecided(name: string, error: TailfoldError): Problem[] {
  const isUnfolded =
    error.code === 'unknown-event' ||
    (isTailfoldError(error, 'handler-failed') && error.data.handler === 'onEvent')
  if (isUnfolded) return [problem('onEvent folds what onCommand decides', [name], explain(error))]
  return error.code === 'not-json' ? [problem('handlers give plain JSON', [name], explain(error))] : []
}

/** A definite failure leaves nothing: in the journal that remained, and in the one that its caller knew. */
function leftovers(
  { operation }: CommandInvocation,
  returnedAt: number,
  code: string,
  sweeps: readonly Sweep[],
): Problem[] {
  const entry = sweeps
    .filter(({ epoch }) => epoch.endedAt > returnedAt)
    .map(({ ofSending }) => ofSending.get(operation.number))
    .find((candidate) => candidate !== undefined)
  if (entry === undefined) return []
  return [
    problem('a definite failure leaves nothing', [operation.name], `${code}, but revision ${entry.revision}`),
  ]
}

function isReused({ operation }: CommandInvocation, sweeps: readonly Sweep[]): boolean {
  const id = idOf(operation)
  return sweeps.some(({ ofId }) =>
    ofId.get(id ?? '')?.some(({ sent }) => sent.operation.marker !== operation.marker),
  )
}
