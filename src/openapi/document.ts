import type { DescribeApi } from '../http/routes/description.ts'
import { schemaComponents } from './components.ts'
import { auditEventSchema, entityPaths } from './operations.ts'
import { problemResponses, problemSchemas } from './problems.ts'
import { headers, parametersWithin } from './shared.ts'

/** What the entities do not say of an API. */
export interface OpenApiOptions {
  /** `'Bank'` */
  readonly title: string
  /** Of the API, not of OpenAPI: `'1.4.0'`. */
  readonly version: string
  /** CommonMark. */
  readonly description?: string
  /** Where the API is. Default: where the document is, whatever stage or base path is before it. */
  readonly servers?: ReadonlyArray<{ readonly url: string; readonly description?: string }>
}

/** An OpenAPI 3.1 document, as far as it is not free JSON. */
export interface OpenApiDocument {
  readonly openapi: string
  readonly info: { readonly title: string; readonly version: string; readonly description?: string }
  readonly servers: ReadonlyArray<{ readonly url: string; readonly description?: string }>
  readonly tags: ReadonlyArray<{ readonly name: string }>
  readonly paths: Readonly<Record<string, Readonly<Record<string, object>>>>
  readonly components: Readonly<Record<string, Readonly<Record<string, object>>>>
}

/**
 * Describes an app in OpenAPI 3.1: `createApp({ …, openapi: openApi({ title: 'Bank', version: '1.0.0' }) })` serves it at
 * `/openapi.json`. Bodies are those that the schemas of an entity accept, where their library speaks Standard JSON Schema
 * (zod and arktype do, valibot through `@valibot/to-json-schema`); others are free objects.
 */
export function openApi({
  title,
  version,
  description,
  servers = [{ url: '.' }],
}: OpenApiOptions): (app: Parameters<DescribeApi>[0]) => OpenApiDocument {
  return ({ entities, limits }) => {
    const components = schemaComponents({ ...problemSchemas, AuditEvent: auditEventSchema })
    const paths = Object.assign({}, ...entities.map((entity) => entityPaths(entity, components)), {
      '/health': { get: health },
    }) as OpenApiDocument['paths']
    return {
      openapi: '3.1.0',
      info: { title, version, ...(description !== undefined && { description }) },
      servers,
      tags: [...entities.map(({ entityType }) => ({ name: entityType })), { name: 'server' }],
      paths,
      components: {
        schemas: components.schemas,
        parameters: parametersWithin(limits),
        headers,
        responses: problemResponses(),
      },
    }
  }
}

const health = {
  operationId: 'health',
  tags: ['server'],
  summary: 'Says that the server answers; asks no journal',
  responses: {
    200: {
      description: 'It does.',
      content: {
        'application/json': { schema: { type: 'object', properties: { status: { const: 'ok' } } } },
      },
    },
  },
}
