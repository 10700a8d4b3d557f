import { type Invocation, isCommand } from '../history.ts'
import { type Problem, problem } from './violation.ts'

/** An actor that has stopped carries nothing more out. */
export function checkActors(invocations: readonly Invocation[]): Problem[] {
  const stoppedBy = new Map<object, string>()
  const answered = invocations
    .filter(isCommand)
    .filter(({ result }) => result !== undefined && result.kind !== 'error')
    .toSorted((a, b) => Number(a.returnedAt) - Number(b.returnedAt))
  return answered.flatMap(({ actor, operation, result }) => {
    if (actor === undefined) return []
    const stop = stoppedBy.get(actor)
    if (stop !== undefined)
      return [problem('a stopped actor carries nothing out', [stop, operation.name], '')]
    if (result?.kind === 'replied' && result.stopped) stoppedBy.set(actor, operation.name)
    return []
  })
}
