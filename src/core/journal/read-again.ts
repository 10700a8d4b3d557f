import { isTailfoldError } from '../base/errors.ts'

/**
 * Reads, and once more from the start where that ends in `journal-corrupt`: a restore between two of its requests makes
 * pages of two histories that do not fit together, in a journal that is sound.
 */
export function readAgainIfCorrupt<Answer>(read: () => Promise<Answer>): Promise<Answer> {
  return read().catch((error: unknown) => {
    if (isTailfoldError(error, 'journal-corrupt')) return read()
    throw error
  })
}
