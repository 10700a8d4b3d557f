import type { JsonSchema, PlaceSchema } from '../http/route.ts'
import { acceptedBy, placedAt, refusesEmpty } from './json-schema.ts'

/** The schemas of a document, gathered while its operations are described. */
export interface SchemaComponents {
  /** Places a schema under the name the parts make, and returns a reference to it; `undefined` without one. */
  readonly place: PlaceSchema
  /** All of them, by name. */
  readonly schemas: Readonly<Record<string, JsonSchema>>
}

/** Starts with the schemas that every document has. */
export function schemaComponents(start: Readonly<Record<string, JsonSchema>>): SchemaComponents {
  const schemas: Record<string, JsonSchema> = { ...start }
  return {
    schemas,
    place(parts, standardSchema) {
      const accepted = acceptedBy(standardSchema)
      if (accepted === undefined) return undefined
      const name = parts.map(componentName).join('.')
      const $ref = `#/components/schemas/${name}`
      schemas[name] = placedAt($ref, accepted)
      return { refusesEmpty: refusesEmpty(accepted, accepted), ref: { $ref } }
    },
  }
}

/** Component names take letters, digits, `.`, `-` and `_`; of other names the code units stand there, after a dot. */
function componentName(part: string): string {
  if (/^[\w-]+$/.test(part)) return part
  const units = Array.from({ length: part.length }, (_, index) => part.charCodeAt(index).toString(16))
  return `.${units.join('-')}`
}
