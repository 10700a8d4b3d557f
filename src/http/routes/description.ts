import type { App } from '../app.ts'
import type { HttpResponse } from '../message.ts'
import { Refusal } from '../problem/problem.ts'
import { jsonResponse } from '../response.ts'

/** Describes an app; what it returns is served as JSON. `openApi` of `tailfold/openapi` makes one. */
export type DescribeApi = (app: Pick<App, 'entities' | 'limits'>) => object

/** `GET /openapi.json`: the description is made at the first request, and kept. Without one, `not-found`. */
export function describing(
  describe: DescribeApi | undefined,
  app: Parameters<DescribeApi>[0],
): () => HttpResponse {
  let kept: HttpResponse | undefined
  return () => {
    if (describe === undefined) throw new Refusal('not-found', 'This app is not described.')
    return (kept ??= jsonResponse(200, describe(app)))
  }
}
