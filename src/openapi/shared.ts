import { type HttpLimits, maxCommandIdLength } from '../http/limits.ts'
import type { JsonSchema } from '../http/route.ts'

/** The headers of a condition, on every operation whose answer has an `ETag`. */
export const conditionalHeaders: readonly string[] = ['If-Match', 'If-None-Match']

/** Parameters that operations share. */
export function sharedParameters({ maxIdBytes }: Required<HttpLimits>): Readonly<Record<string, object>> {
  const id = `The entity id: 1 to ${maxIdBytes} bytes of UTF-8 without control characters, percent-encoded.`
  return {
    id: {
      name: 'id',
      in: 'path',
      required: true,
      description: id,
      schema: { type: 'string', minLength: 1, maxLength: maxIdBytes },
    },
    'Idempotency-Key': header(
      'Idempotency-Key',
      'Names the command: with the same key it is carried out once, and answered the same every time.',
      `^[\\x21-\\x7d][\\x21-\\x7e]{0,${maxCommandIdLength - 1}}$`,
    ),
    'If-Match': header('If-Match', 'Only at one of these revisions: `"7"`; `*`: only if the entity exists.'),
    'If-None-Match': header(
      'If-None-Match',
      'Only at none of these revisions; `*`: only if the entity does not exist.',
    ),
    'Tailfold-After': header(
      'Tailfold-After',
      'Commits that the answer must include, separated by commas: `cart/c1@7`, the entity and the revision in the `ETag` of its answer.',
    ),
  }
}

function header(name: string, description: string, pattern?: string): object {
  return {
    name,
    in: 'header',
    description,
    schema: { type: 'string', ...(pattern !== undefined && { pattern }) },
  }
}

/** Headers of answers. */
export const headers: Readonly<Record<string, object>> = {
  ETag: {
    description:
      'The revision of the entity, the number of its commits, in double quotes; a tag may follow after `~`.',
    schema: { type: 'string', pattern: '^"[0-9]+(~[0-9a-z]+)?"$' },
  },
  'Idempotent-Replayed': {
    description: '`true` when the answer is the recorded one of an earlier request with the same key.',
    schema: { type: 'string', const: 'true' },
  },
  'X-View-Lag-Ms': {
    description:
      'Milliseconds since the newest commit in the answer: a row lacks nothing of its entity that is older. 0: made from the journal just now.',
    schema: { type: 'integer', minimum: 0 },
  },
  'Retry-After': { description: 'Seconds to wait.', schema: { type: 'integer' } },
}

/** The schemas that every document has. */
export const sharedSchemas: Readonly<Record<string, JsonSchema>> = {
  Problem: {
    type: 'object',
    description: 'RFC 9457. Compare `code`, never `title` or `detail`.',
    properties: {
      type: { type: 'string', format: 'uri' },
      title: { type: 'string' },
      status: { type: 'integer' },
      code: { type: 'string' },
      detail: { type: 'string' },
    },
    required: ['type', 'title', 'status', 'code', 'detail'],
  },
  Issue: {
    type: 'object',
    properties: {
      message: { type: 'string' },
      pointer: { type: 'string', format: 'json-pointer', description: 'RFC 6901; empty for the whole body.' },
    },
    required: ['message', 'pointer'],
  },
  AuditEvent: {
    type: 'object',
    properties: {
      sequenceNr: { type: 'integer', minimum: 1 },
      revision: { type: 'integer', minimum: 1 },
      timestamp: { type: 'string', format: 'date-time', description: 'By the clock of the writer.' },
      type: { type: 'string' },
      payload: { description: 'The event without its type.' },
      commandId: { type: 'string', description: 'The Idempotency-Key of the command, if it was yours.' },
      principal: { type: 'string', description: 'Who sent the command.' },
      traceparent: { type: 'string', description: 'The trace the command belonged to.' },
      metadata: { type: 'object', description: 'What the program added to the command and its events.' },
    },
    required: ['sequenceNr', 'revision', 'timestamp', 'type', 'payload'],
  },
}
