import type { IncomingMessage } from 'node:http'

/**
 * Reads a body of at most `maxBytes`; holds no more than that in memory. Answers `'too-large'` as soon as that is
 * known, with the rest unread. Rejects when the client goes away first.
 */
export function readBody(request: IncomingMessage, maxBytes: number): Promise<Uint8Array | 'too-large'> {
  if (Number(request.headers['content-length'] ?? 0) > maxBytes) return Promise.resolve('too-large')
  return new Promise((resolve, reject) => {
    const chunks: Uint8Array[] = []
    let bytes = 0
    const onData = (chunk: Uint8Array) => {
      bytes += chunk.length
      if (bytes <= maxBytes) {
        chunks.push(chunk)
        return
      }
      request.off('data', onData).pause()
      resolve('too-large')
    }
    request
      .on('data', onData)
      .once('end', () => resolve(Buffer.concat(chunks)))
      .once('error', reject)
      .once('close', () => reject(new Error('The client went away before the whole request had arrived.')))
  })
}
