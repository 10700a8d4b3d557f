import { gatherBytes } from '../common/gathered-bytes.ts'

/** Most empty parts of a body: a stream that has them ready would keep others from their turn without end. */
const maxEmptyParts = 1_000

/**
 * Reads a body of at most `maxBytes`; holds no more than twice that and one chunk in memory. Answers `'too-large'` as soon
 * as that is known, with the rest cancelled. Rejects when the client goes away first. Throws where something else reads it.
 */
export function readBody(
  { headers, body, bodyUsed }: Pick<Request, 'headers' | 'body' | 'bodyUsed'>,
  maxBytes: number,
): Promise<Uint8Array | 'too-large' | undefined> {
  if (body === null) return Promise.resolve(undefined)
  if (bodyUsed || body.locked) {
    throw new Error(
      'Something in front of fetchHandler read the body. Put the app first, or let the other read a clone: request.clone().',
    )
  }
  const announced = Number(headers.get('content-length')) || maxBytes
  return announced > maxBytes ? Promise.resolve(drop(body)) : readParts(body, announced, maxBytes)
}

async function readParts(
  body: ReadableStream<Uint8Array>,
  announced: number,
  maxBytes: number,
): Promise<Uint8Array | 'too-large'> {
  const gathered = gatherBytes(announced)
  let bytes = 0
  let empty = 0
  const reader = body.getReader()
  for (let part = await reader.read(); !part.done; part = await reader.read()) {
    const { length } = part.value
    bytes += length
    if (length === 0) empty += 1
    if (bytes > maxBytes || empty > maxEmptyParts) {
      reader.releaseLock()
      return drop(body)
    }
    gathered.add(part.value)
  }
  return gathered.whole()
}

/** The answer does not wait for the client to notice. */
function drop(body: ReadableStream): 'too-large' {
  body.cancel().catch(() => {})
  return 'too-large'
}
