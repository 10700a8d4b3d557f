/** What `action` throws. Throws when it throws nothing. */
export function thrownBy(action: () => unknown): unknown {
  try {
    action()
  } catch (error) {
    return error
  }
  throw new Error('Nothing was thrown.')
}

/** The `code` of what `action` throws. */
export function codeOf(action: () => unknown): unknown {
  return (thrownBy(action) as { code?: unknown }).code
}

/** What `promise` rejects with. Throws when it does not reject. */
export async function rejectionOf(promise: Promise<unknown>): Promise<unknown> {
  const outcome = await promise.then(
    () => ({ rejected: false }) as const,
    (error: unknown) => ({ rejected: true, error }) as const,
  )
  if (outcome.rejected) return outcome.error
  throw new Error('Nothing was rejected.')
}
