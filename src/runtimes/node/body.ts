import type { IncomingMessage, ServerResponse } from 'node:http'
import { gatherBytes } from '../common/gathered-bytes.ts'
import { parsedBody } from '../common/parsed-body.ts'
import type { MemoryBudget } from './memory.ts'

/** An upload that the app may ask for. */
export interface Upload {
  readonly request: IncomingMessage
  readonly response: ServerResponse
  /** The client waits for `100 Continue` before it sends its body. */
  readonly awaitsContinue: boolean
  readonly memory: MemoryBudget
}

/**
 * Reads a body of at most `maxBytes`; keeps no more than that in memory. Resolves with `'too-large'` as soon as that is
 * known, with the rest unread. Rejects when the client goes away first, or is cut off for others' sake. What a framework has
 * read before is taken from what it kept; throws where that is nothing.
 */
export function readBody(upload: Upload, maxBytes: number): Promise<Uint8Array | 'too-large' | undefined> {
  const { request, response, awaitsContinue, memory } = upload
  // Who has gone already will not be heard to go, whether the whole body had arrived or not. Over HTTP/2 it then looks empty.
  if (request.socket.destroyed) return Promise.reject(goneAway())
  if (request.readableDidRead || request.readableEnded) return Promise.resolve(keptBody(request))
  if (request.destroyed) return Promise.reject(goneAway())
  const announced = Number(request.headers['content-length']) || maxBytes
  if (announced > maxBytes) return Promise.resolve('too-large')
  if (awaitsContinue) response.writeContinue()
  const cutOff = () => void request.destroy()
  return new Promise<Uint8Array | 'too-large'>((resolve, reject) => {
    const gathered = gatherBytes(announced)
    let bytes = 0
    let hasEnded = false
    const onData = (chunk: Uint8Array) => {
      bytes += chunk.length
      if (bytes <= maxBytes) {
        const added = gathered.add(chunk)
        if (added > 0 && !request.complete) memory.keep(cutOff, added)
        return
      }
      request.off('data', onData).pause()
      memory.release(cutOff)
      resolve('too-large')
    }
    request
      .on('data', onData)
      .once('end', () => {
        hasEnded = true
        memory.release(cutOff)
        resolve(gathered.whole())
      })
      .once('error', reject)
      .once('close', () => {
        // An error takes longer to make than the rest of this function, and every request closes.
        if (hasEnded) return
        memory.release(cutOff)
        reject(goneAway())
      })
  })
}

const goneAway = () => new Error('The client went away before its whole request had arrived.')

/** Where frameworks keep a body that they have read. Express sets `body`; Google Cloud Functions set `rawBody` as well. */
interface KeptBody {
  readonly rawBody?: unknown
  readonly body?: unknown
}

function keptBody(request: IncomingMessage & KeptBody): Uint8Array | undefined {
  if (!request.readableDidRead) return undefined
  const kept = parsedBody(request.rawBody ?? request.body)
  if (kept !== undefined) return typeof kept === 'string' ? Buffer.from(kept) : kept
  throw new Error(
    'Something in front of nodeListener read the body and did not keep it. Put the app first, or keep the body as request.rawBody or request.body.',
  )
}
