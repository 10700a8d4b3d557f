import { deflateRawSync, inflateRawSync } from 'node:zlib'

/**
 * Texts of a record may be compressed: `z` names the fields, one character each, whose text is then
 * base64(raw DEFLATE(UTF-8)). Done only where the record is billed for less.
 */
export function compress(text: string): string {
  return deflateRawSync(text).toString('base64')
}

/** The text behind {@link compress}. Throws when it has more than `maxBytes` bytes, and on text of another form. */
export function decompress(text: string, maxBytes: number): string {
  return inflateRawSync(Buffer.from(text, 'base64'), { maxOutputLength: maxBytes }).toString('utf8')
}

/** True for the error of {@link decompress} that means too many bytes. */
export function isTooLarge(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE'
}

/** The compressed form where it is billed for less; within the first billed unit there is nothing to gain. */
export function cheapest<Form>(
  size: (form: Form) => number,
  billedBytes: number,
  plain: Form,
  smaller: () => readonly Form[],
): { readonly form: Form; readonly bytes: number } {
  const units = (bytes: number) => Math.ceil(bytes / billedBytes)
  let best = { form: plain, bytes: size(plain) }
  if (best.bytes <= billedBytes) return best
  for (const form of smaller()) {
    const bytes = size(form)
    if (units(bytes) < units(best.bytes)) best = { form, bytes }
  }
  return best
}
