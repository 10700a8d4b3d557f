import type { HttpResponse } from '../message.ts'
import { jsonResponse } from '../response.ts'
import type { Api, ServerRoute } from '../route.ts'

/** Describes an app; what it returns is served as JSON. `openApi` of `tailfold/openapi` makes one. */
export type DescribeApi = (api: Pick<Api, 'entities' | 'routes' | 'limits'>) => object

/** `GET /openapi.json`. The description is made for the first request and kept. */
export function descriptionRoute(describeApi: DescribeApi): ServerRoute {
  let kept: HttpResponse | undefined
  return {
    of: 'server',
    path: '/openapi.json',
    method: 'GET',
    action: 'description',
    problems: [],
    handle: ({ api }) => (kept ??= jsonResponse(200, describeApi(api))),
  }
}
