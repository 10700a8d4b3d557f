/** What an error of the user's code says, as the end of a sentence that gets its full stop elsewhere. */
export function errorText(error: unknown): string {
  return error instanceof Error ? error.message.replace(/\.$/, '') : 'it threw no error'
}
