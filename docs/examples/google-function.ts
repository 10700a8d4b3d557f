import type { IncomingMessage, ServerResponse } from 'node:http'
import type { App } from 'tailfold/http'

/** A request as the Functions Framework hands it over, with its body read. */
type GoogleRequest = IncomingMessage & { readonly rawBody?: Uint8Array }

/**
 * The app as an HTTP function of Google Cloud: `http('bank', googleFunction(app))`. The framework answers JSON that is broken
 * by itself, with 400 and a page of its own.
 */
export function googleFunction(app: App) {
  return async (request: GoogleRequest, response: ServerResponse): Promise<void> => {
    const { method = 'GET', headers, rawBody } = request
    const [path = '/', ...query] = (request.url ?? '/').split('?')
    const answer = await app.handle({
      method,
      path,
      query: query.join('?'),
      headers: headers as Record<string, string>,
      body: method === 'POST' ? rawBody : undefined,
    })
    response.writeHead(answer.status, answer.headers).end(answer.body)
  }
}
