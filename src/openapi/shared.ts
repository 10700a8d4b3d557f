import { defaultEventPage, maxEventPage } from '../http/limits.ts'

/** What operations refer to a parameter by. */
export type ParameterName = 'id' | 'Idempotency-Key' | 'If-Match' | 'If-None-Match' | 'after' | 'limit'

/** What responses refer to a header by. */
export type HeaderName = 'ETag' | 'Idempotent-Replayed' | 'Retry-After'

/** Parameters that operations share. */
export const parameters: Readonly<Record<ParameterName, object>> = {
  id: {
    name: 'id',
    in: 'path',
    required: true,
    description:
      'The entity id: 1 to 512 bytes of UTF-8 without control characters, percent-encoded in the path.',
    schema: { type: 'string', minLength: 1, maxLength: 512 },
  },
  'Idempotency-Key': {
    name: 'Idempotency-Key',
    in: 'header',
    description:
      'Names the command: with the same key it is carried out once, and answered the same every time.',
    schema: { type: 'string', pattern: '^[\\x21-\\x7e]{1,256}$' },
  },
  'If-Match': {
    name: 'If-Match',
    in: 'header',
    description:
      '`"7"`: only at revision 7; `"0"`: only if nothing was written yet; `*`: only if something was.',
    schema: { type: 'string', pattern: '^("(0|[1-9][0-9]{0,14})"|\\*)$' },
  },
  'If-None-Match': {
    name: 'If-None-Match',
    in: 'header',
    description: 'The `ETag` of an answer: 304 when the entity is still at that revision.',
    schema: { type: 'string' },
  },
  after: {
    name: 'after',
    in: 'query',
    description: 'The sequence number after which to begin; `next` of the page before.',
    schema: { type: 'integer', minimum: 0, default: 0 },
  },
  limit: {
    name: 'limit',
    in: 'query',
    description: 'Events in the page, at most.',
    schema: { type: 'integer', minimum: 1, maximum: maxEventPage, default: defaultEventPage },
  },
}

/** Headers of answers. */
export const headers: Readonly<Record<HeaderName, object>> = {
  ETag: {
    description: 'The revision of the entity: the number of its commits, in double quotes.',
    schema: { type: 'string', pattern: '^"[0-9]+"$' },
  },
  'Idempotent-Replayed': {
    description: '`true` when the answer is the recorded one of an earlier request with the same key.',
    schema: { type: 'string', const: 'true' },
  },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } },
}

/** References to some of {@link parameters}. */
export function parameterRefs(...names: readonly ParameterName[]): readonly object[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }))
}

/** References to some of {@link headers}, by their names. */
export function headerRefs(...names: readonly HeaderName[]): object {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}
