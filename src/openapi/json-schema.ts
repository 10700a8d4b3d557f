import type { JsonSchema } from '../http/route.ts'
import type { StandardSchema } from '../core/entity/schema.ts'

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

/** Whether `{}`, for which a body may be left out, does not fit a part of the schema; `false` where that is hard to tell. */
export function refusesEmpty(part: unknown, schema: JsonSchema, followed: readonly string[] = []): boolean {
  if (typeof part !== 'object' || part === null) return false
  const { required, allOf, anyOf, oneOf, $ref } = part as JsonSchema
  const refuses = (each: unknown) => refusesEmpty(each, schema, followed)
  if (Array.isArray(required) && required.length > 0) return true
  if (Array.isArray(allOf) && allOf.some(refuses)) return true
  if ([anyOf, oneOf].some((choice) => Array.isArray(choice) && choice.length > 0 && choice.every(refuses)))
    return true
  if (typeof $ref !== 'string' || followed.includes($ref)) return false
  return refusesEmpty(partAt(schema, $ref), schema, [...followed, $ref])
}

function partAt(schema: JsonSchema, ref: string): unknown {
  const keys = ref.split('/').slice(1)
  if (ref !== '#' && !ref.startsWith('#/')) return undefined
  const names = keys.map((key) => decoded(key).replaceAll('~1', '/').replaceAll('~0', '~'))
  return names.reduce<unknown>((part, name) => (part as JsonSchema | undefined)?.[name], schema)
}

/** A part of a `$ref`, as it is where it is not percent-encoded. */
function decoded(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    return part
  }
}

/** Keywords that hold values, not schemas: a `$ref` in one of them is data. */
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
