/*
 * Texts of a record may be compressed: `z` names the fields, one character each, whose text is then
 * base64(raw DEFLATE(UTF-8)). Done only where the record is billed for less.
 */

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
