import type { SchemaResult, StandardSchema } from 'tailfold'

/** A schema of no library: does just what it is told. */
export function schemaOf<Output = object>(
  validate: (value: unknown) => SchemaResult<Output> | Promise<SchemaResult<Output>>,
): StandardSchema<unknown, Output> {
  return { '~standard': { version: 1, vendor: 'test', validate } }
}

/** A promise of no make: a library may bring its own. */
export function thenable<Value>(value: Value): Promise<Value> {
  // oxlint-disable-next-line unicorn/no-thenable -- the point of it
  return { then: (resolve: (value: Value) => void) => resolve(value) } as Promise<Value>
}
