import { checkOptionsObject } from '../base/describe-value.ts'
import type { Issue } from '../base/issue.ts'
import { isThenable } from '../base/thenable.ts'

/**
 * What a schema of any library offers: zod, valibot, arktype and others. Tailfold depends on none of them.
 * Source: https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    /** Never there at run time: carries the types. First, so that a message about a schema that does not fit is short. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
  }
}

/** What validation gives: the value as the schema makes it, or what is wrong with it. */
export type SchemaResult<Output> =
  | { readonly value: Output; readonly issues?: undefined }
  | { readonly issues: readonly SchemaIssue[] }

/** One thing that is wrong, as a schema library says it. */
export interface SchemaIssue {
  readonly message: string
  readonly path?: ReadonlyArray<PropertyKey | { readonly key: PropertyKey }> | undefined
}

/** Schemas by the name of the command or event they are for. */
export interface SchemasByName {
  readonly [name: string]: StandardSchema
}

/** The schemas an entity may declare, whatever their types. */
export interface DeclaredSchemas {
  readonly commands?: SchemasByName
  readonly events?: SchemasByName
  readonly replies?: Readonly<Record<string, StandardSchema | undefined>>
}

/** The type of the values a schema accepts as valid, after its own changes to them. */
export type SchemaOutput<Schema> = Schema extends StandardSchema<infer _Input, infer Output> ? Output : never

/** The type of the values a schema accepts, before its own changes to them; its output where it accepts anything. */
export type SchemaInput<Schema> =
  Schema extends StandardSchema<infer Input, infer Output> ? (unknown extends Input ? Output : Input) : never

/** The outcome of {@link validate}. */
export type Validated =
  | { readonly value: unknown; readonly issues?: undefined }
  | {
      /** In the order of the schema, as many as {@link maxIssueChars} hold. */
      readonly issues: readonly Issue[]
      /** How many there are. */
      readonly found: number
    }

/**
 * Limit on the total length of reported issues; the first is always reported: a body of 100,000 wrong values must not be
 * answered with a list forty times its size.
 */
const maxIssueChars = 65_536

/** What a schema makes of a value, or what is wrong with it; a promise only where the schema needs one. */
export function validate(schema: StandardSchema, value: unknown): Validated | Promise<Validated> {
  const result = schema['~standard'].validate(value)
  return isThenable(result) ? Promise.resolve(result).then(toValidated) : toValidated(result)
}

/** True for what a schema library of the standard makes; some are functions. */
export function isSchema(value: unknown): value is StandardSchema {
  const standard = (value as Partial<StandardSchema> | null | undefined)?.['~standard']
  return standard?.version === 1 && typeof standard.validate === 'function'
}

/**
 * Issues as a field of an error's data. They quote what was sent where the schema library does so, and errors get logged:
 * so the field is not enumerable, and neither `JSON.stringify` nor `console.error` shows it.
 */
export function withIssues<Data extends object>(
  data: Data,
  issues: readonly Issue[],
): Data & { readonly issues: readonly Issue[] } {
  return Object.defineProperty({ ...data, issues }, 'issues', { enumerable: false })
}

function toValidated(result: SchemaResult<unknown>): Validated {
  if (result.issues === undefined) return { value: result.value }
  const issues: Issue[] = []
  let chars = 0
  for (const found of result.issues) {
    const issue = toIssue(found)
    chars += issue.message.length + issue.pointer.length
    if (issues.length > 0 && chars > maxIssueChars) break
    issues.push(issue)
  }
  return { issues, found: result.issues.length }
}

function toIssue({ message, path = [] }: SchemaIssue): Issue {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
  return {
    message,
    pointer: keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
  }
}

/** Throws `TypeError` on a declared schema that is not a Standard Schema. */
export function checkSchemas(definition: { readonly entityType: string } & DeclaredSchemas): void {
  for (const group of ['commands', 'events', 'replies'] as const) {
    checkOptionsObject(`${group} of ${definition.entityType}`, definition[group])
    for (const [name, schema] of Object.entries(definition[group] ?? {})) {
      if (isSchema(schema)) continue
      throw new TypeError(
        `${group}.${name} of ${definition.entityType} is not a Standard Schema (https://standardschema.dev).`,
      )
    }
  }
}
