/**
 * Reads a body of at most `maxBytes`; holds no more than that and one chunk in memory. Answers `'too-large'` as soon as
 * that is known, with the rest cancelled. Rejects when the client goes away first.
 */
export async function readBody(
  { headers, body }: Pick<Request, 'headers' | 'body'>,
  maxBytes: number,
): Promise<Uint8Array | 'too-large' | undefined> {
  if (body === null) return undefined
  if (Number(headers.get('content-length') ?? 0) > maxBytes) return tooLarge(body)
  const chunks: Uint8Array[] = []
  let bytes = 0
  const reader = body.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    bytes += part.value.length
    chunks.push(part.value)
    if (bytes <= maxBytes) continue
    reader.releaseLock()
    return tooLarge(body)
  }
  const whole = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}

/** The answer does not wait for the client to notice. */
function tooLarge(body: ReadableStream): 'too-large' {
  body.cancel().catch(() => {})
  return 'too-large'
}
