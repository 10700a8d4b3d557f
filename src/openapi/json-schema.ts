import type { StandardSchema } from '../core/entity/schema.ts'

/** A JSON Schema of draft 2020-12, which is that of OpenAPI 3.1. `{}` describes any value. */
export type JsonSchema = Readonly<Record<string, unknown>>

/** What a schema library says in JSON Schema. Source: https://standardschema.dev/json-schema */
interface StandardJsonSchema {
  input(options: {
    readonly target: 'draft-2020-12'
    readonly libraryOptions?: Readonly<Record<string, unknown>>
  }): Record<string, unknown>
}

/** One field that JSON Schema cannot say is any value then; else zod and valibot would describe no field at all. */
const lenient = { unrepresentable: 'any', errorMode: 'ignore' }

/** What the schema accepts, as JSON Schema; `undefined` where its library cannot say it. */
export function acceptedBy(schema: StandardSchema | undefined): JsonSchema | undefined {
  const standard = schema?.['~standard'] as { readonly jsonSchema?: StandardJsonSchema } | undefined
  try {
    const described = standard?.jsonSchema?.input({ target: 'draft-2020-12', libraryOptions: lenient })
    if (described === undefined) return undefined
    // The dialect of the document.
    const { $schema: _, ...rest } = described
    return rest
  } catch {
    return undefined
  }
}

/** The schema with its references to itself (`#`, `#/$defs/Money`) leading to where it stands in a document. */
export function placedAt(pointer: string, schema: JsonSchema): JsonSchema {
  // A schema with an id of its own is what its references start from, wherever it stands.
  return '$id' in schema ? schema : (moved(schema, pointer) as JsonSchema)
}

/** Keywords that hold values, not schemas: a `$ref` in one of them is none. */
const values = new Set(['const', 'enum', 'default', 'examples', 'example'])

/** Keywords that hold schemas by names, any of which may read like a keyword. */
const named = new Set(['properties', 'patternProperties', 'dependentSchemas', '$defs', 'definitions'])

function moved(schema: unknown, pointer: string): unknown {
  if (Array.isArray(schema)) return schema.map((part) => moved(part, pointer))
  if (typeof schema !== 'object' || schema === null) return schema
  return mapped(schema, (value, keyword) => {
    if (keyword === '$ref' && typeof value === 'string') return value.replace(/^#(?=$|\/)/, pointer)
    if (values.has(keyword)) return value
    return named.has(keyword) && typeof value === 'object' && value !== null
      ? mapped(value, (part) => moved(part, pointer))
      : moved(value, pointer)
  })
}

function mapped(object: object, change: (value: unknown, key: string) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([key, value]) => [key, change(value, key)]))
}
