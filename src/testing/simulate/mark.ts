/**
 * The mark of one sending of a command: a trace of its own. It travels beside the command and is stored beside its
 * events, so no schema, handler or state ever sees it. Shape: `00-00000000000000000000000000000001-0000000000000001-01`.
 */
export function traceOf(number: number): string {
  return `00-${hex(number + 1, 32)}-${hex(number + 1, 16)}-01`
}

/** The number of the sending behind a trace; `undefined` for a text that is no trace. */
export function numberOf(traceparent: string | undefined): number | undefined {
  const number = Number.parseInt(traceparent?.slice(3, 35) ?? '', 16)
  return Number.isNaN(number) ? undefined : number - 1
}

function hex(number: number, length: number): string {
  return number.toString(16).padStart(length, '0')
}
