import { type Check, type Checks, checkOptions } from '../core/base/check-options.ts'
import { isPlainObject } from '../core/base/json.ts'
import type { DescribeApi } from '../http/routes/description.ts'
import { schemaComponents } from './components.ts'
import { type Paths, pathsOf } from './operations.ts'
import { problemComponents } from './problems.ts'
import { headers, sharedParameters, sharedSchemas } from './shared.ts'

/** What the entities do not say about an API. */
export interface OpenApiOptions {
  /** `'Bank'` */
  readonly title: string
  /** Of the API, not of OpenAPI: `'1.4.0'`. */
  readonly version: string
  /** CommonMark. */
  readonly description?: string
  /** Where the API is. Default: where the document is, whatever stage or base path is before it. */
  readonly servers?: ReadonlyArray<{ readonly url: string; readonly description?: string }>
  /**
   * How callers authenticate: security schemes of OpenAPI by name, any one of which will do for every operation but
   * `/health`. Shape: `{ bearer: { type: 'http', scheme: 'bearer' } }`. Default: not declared.
   */
  readonly securitySchemes?: Readonly<Record<string, object>>
}

/** An OpenAPI 3.1 document, as far as it is not free JSON. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly servers: ReadonlyArray<{ readonly url: string; readonly description?: string }>
  readonly security?: ReadonlyArray<Readonly<Record<string, readonly string[]>>>
  readonly tags: ReadonlyArray<{ readonly name: string }>
  readonly paths: Readonly<Paths>
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>
}

/**
 * Describes an app in OpenAPI 3.1: `createApp({ …, openapi: openApi({ title: 'Bank', version: '1.0.0' }) })` serves it at
 * `/openapi.json`. Bodies are those that the schemas of an entity accept, where their library supports Standard JSON
 * Schema (zod and arktype do, valibot through `@valibot/to-json-schema`); others are free objects. Internal commands are
 * left out. Throws `TypeError` on unknown options, and without a title or a version.
 */
export function openApi(options: OpenApiOptions): (api: Parameters<DescribeApi>[0]) => OpenApiDocument {
  checkOptions<OpenApiOptions>('openApi', options, checks)
  if (options.title === undefined || options.version === undefined)
    throw new TypeError('openApi needs the title and the version of the API.')
  const { title, version, description, servers = [{ url: '.' }], securitySchemes } = options
  return (api) => {
    const { entities, routes, limits } = api
    const components = schemaComponents(sharedSchemas)
    const problems = problemComponents(routes)
    const paths = pathsOf(api, components.place, problems.of)
    const security = Object.keys(securitySchemes ?? {}).map((name) => ({ [name]: [] }))
    return {
      openapi: '3.1.0',
      info: { title, version, ...(description !== undefined && { description }) },
      servers,
      ...(securitySchemes && { security }),
      tags: [...new Set([...entities.map(({ entityType }) => entityType), 'server'])].map((name) => ({
        name,
      })),
      paths,
      components: {
        schemas: components.schemas as Readonly<Record<string, object>>,
        parameters: sharedParameters(limits),
        headers,
        responses: problems.responses,
        ...(securitySchemes && { securitySchemes: securitySchemes as Record<string, object> }),
      },
    }
  }
}

const text: Check = ['text', (value) => typeof value === 'string']

const checks: Checks<OpenApiOptions> = {
  title: text,
  version: text,
  description: text,
  servers: ['a list of servers', Array.isArray],
  securitySchemes: [
    "an object with an object for each scheme, such as { bearer: { type: 'http', scheme: 'bearer' } }",
    isObjectOfSchemes,
  ],
}

function isObjectOfSchemes(value: unknown): boolean {
  return isPlainObject(value) && Object.values(value).every(isPlainObject)
}
