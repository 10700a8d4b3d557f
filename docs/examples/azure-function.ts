import { fetchHandler } from 'tailfold/fetch'
import type { App } from 'tailfold/http'

/** An `HttpRequest` of `@azure/functions` 4: what is read of it is as in a `Request`. */
interface AzureRequest {
  readonly method: string
  readonly url: string
  readonly headers: Iterable<[string, string]>
  readonly body: unknown
  readonly bodyUsed: boolean
}

/**
 * The app as an HTTP function of Azure, which mounts all of them below `/api`:
 * `azure.http('bank', { route: '{*path}', methods: ['GET', 'HEAD', 'POST'], handler: azureFunction(app) })`.
 */
export function azureFunction(app: App, basePath = '/api') {
  const handle = fetchHandler(app, { basePath })
  return async (request: AzureRequest) => {
    const { status, headers, body } = await handle(request as unknown as Request)
    return { status, headers, body }
  }
}
