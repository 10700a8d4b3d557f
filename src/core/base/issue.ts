/** One thing that is wrong with a value, as callers see it. */
export interface Issue {
  readonly message: string
  /** Where, as a JSON Pointer (RFC 6901): `'/items/0/sku'`; empty for the whole. */
  readonly pointer: string
}
