import { type HttpLimits, maxCommandIdLength, usualPage } from '../http/limits.ts'

/** What operations refer to a parameter by. */
export type ParameterName =
  | 'id'
  | 'Idempotency-Key'
  | 'If-Match'
  | 'If-None-Match'
  | 'revision'
  | 'sequenceNr'
  | 'at'
  | 'afterEvent'
  | 'eventLimit'
  | 'afterId'
  | 'idLimit'

/** What responses refer to a header by. */
export type HeaderName = 'ETag' | 'Idempotent-Replayed' | 'Retry-After'

const oneOfThem = 'At most one of `revision`, `sequenceNr` and `at`.'

/** Parameters that operations share. */
export function parametersWithin({
  maxIdBytes,
  maxEventPage,
  maxIdPage,
}: Required<HttpLimits>): Readonly<Record<ParameterName, object>> {
  return {
    id: {
      name: 'id',
      in: 'path',
      required: true,
      description: `The entity id: 1 to ${maxIdBytes} bytes of UTF-8 without control characters, percent-encoded.`,
      schema: { type: 'string', minLength: 1, maxLength: maxIdBytes },
    },
    'Idempotency-Key': {
      name: 'Idempotency-Key',
      in: 'header',
      description:
        'Names the command: with the same key it is carried out once, and answered the same every time.',
      schema: { type: 'string', pattern: `^[\\x21-\\x7e]{1,${maxCommandIdLength}}$` },
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
    revision: query('revision', `The state after that many commits. ${oneOfThem}`, {
      type: 'integer',
      minimum: 0,
    }),
    sequenceNr: query('sequenceNr', `The state after that many events. ${oneOfThem}`, {
      type: 'integer',
      minimum: 0,
    }),
    at: query('at', `The state at that time. ${oneOfThem}`, { type: 'string', format: 'date-time' }),
    afterEvent: query('after', 'The sequence number after which to begin: `next` of the page before.', {
      type: 'integer',
      minimum: 0,
    }),
    eventLimit: query('limit', 'Events in the page, at most.', pageSize(maxEventPage)),
    afterId: query('after', 'The id after which to begin: `next` of the page before.', { type: 'string' }),
    idLimit: query('limit', 'Ids in the page, at most.', pageSize(maxIdPage)),
  }
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

/** References to some of the parameters. */
export function parameterRefs(...names: readonly ParameterName[]): readonly object[] {
  return names.map((name) => ({ $ref: `#/components/parameters/${name}` }))
}

/** References to some of {@link headers}, by their names. */
export function headerRefs(...names: readonly HeaderName[]): object {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]))
}

function query(name: string, description: string, schema: object): object {
  return { name, in: 'query', description, schema }
}

function pageSize(maximum: number): object {
  return { type: 'integer', minimum: 1, maximum, default: Math.min(usualPage, maximum) }
}
