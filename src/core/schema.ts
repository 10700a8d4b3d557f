/**
 * What a schema of any library offers: zod, valibot, arktype and others. Tailfold depends on none of them.
 * Source: https://standardschema.dev
 */
export interface StandardSchema<Input = unknown, Output = Input> {
  readonly '~standard': {
    readonly version: 1
    readonly vendor: string
    readonly validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>
    /** Never there at run time: carries the types. */
    readonly types?: { readonly input: Input; readonly output: Output } | undefined
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

/** One thing that is wrong, as callers are told. */
export interface Issue {
  readonly message: string
  /** Where, as a JSON Pointer (RFC 6901): `'/items/0/sku'`; empty for the whole. */
  readonly pointer: string
}

/** Schemas by the name of the command or event they are for. */
export type SchemasByName = Readonly<Record<string, StandardSchema>>

/** The type of the values a schema accepts as valid, after its own changes to them. */
export type SchemaOutput<Schema> = Schema extends StandardSchema<infer _Input, infer Output> ? Output : never

/** What a schema makes of a value, or what is wrong with it; a promise only where the schema needs one. */
export function validate(schema: StandardSchema, value: unknown): Validated | Promise<Validated> {
  const result = schema['~standard'].validate(value)
  return result instanceof Promise ? result.then(toValidated) : toValidated(result)
}

/** The outcome of {@link validate}; no issues, valid. */
export interface Validated {
  readonly value: unknown
  readonly issues: readonly Issue[]
}

/** The issues in one line: `'/amount: Expected number; /note: Too long'`. */
export function describeIssues(issues: readonly Issue[]): string {
  return issues
    .map(({ pointer, message }) => (pointer === '' ? message : `${pointer}: ${message}`))
    .join('; ')
}

function toValidated(result: SchemaResult<unknown>): Validated {
  return result.issues === undefined
    ? { value: result.value, issues: [] }
    : { value: undefined, issues: result.issues.map(toIssue) }
}

function toIssue({ message, path = [] }: SchemaIssue): Issue {
  const keys = path.map((part) => String(typeof part === 'object' ? part.key : part))
  return {
    message,
    pointer: keys.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join(''),
  }
}
