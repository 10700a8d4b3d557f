import { isTailfoldError, type ErrorCode } from '../base/errors.ts'

/**
 * Reads, and once more from the start where that ends in `journal-corrupt`, or in another error of `codes`: a restore between
 * two of its requests makes pages of two histories that do not fit together, in a journal that is sound.
 */
export function readAgainIfCorrupt<Answer>(
  read: () => Promise<Answer>,
  codes: readonly ErrorCode[] = ['journal-corrupt'],
): Promise<Answer> {
  return read().catch((error: unknown) => {
    if (isTailfoldError(error) && codes.includes(error.code)) return read()
    throw error
  })
}
