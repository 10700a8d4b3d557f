import { catalogue, type ProblemCode } from '../http/problem/problem.ts'
import type { JsonSchema } from './json-schema.ts'

/** What a request is for, as far as its problems are concerned. */
export type OperationKind = (typeof operationKinds)[number]

/** All of them. */
export const operationKinds: readonly ['command', 'state', 'events', 'list'] = [
  'command',
  'state',
  'events',
  'list',
]

const about = ['command', 'state', 'events'] as const
const reads = ['state', 'events'] as const

/** Which operations a problem may answer. What is described is never answered with 405. */
const answers: Readonly<Record<ProblemCode, readonly OperationKind[]>> = {
  'malformed-json': ['command'],
  'invalid-command': ['command'],
  'unhandled-command': ['command'],
  'invalid-id': about,
  'invalid-query': [...reads, 'list'],
  unauthenticated: operationKinds,
  forbidden: operationKinds,
  'not-found': ['list'],
  'unknown-entity-type': [],
  'entity-not-found': reads,
  'method-not-allowed': [],
  'not-acceptable': operationKinds,
  'command-id-reused': ['command'],
  'revision-mismatch': ['command'],
  'payload-too-large': ['command'],
  'record-too-large': ['command'],
  'too-many-events': ['command'],
  'unsupported-media-type': ['command'],
  rejected: ['command'],
  'queue-full': ['command'],
  'handler-failed': ['command', 'state'],
  'journal-corrupt': about,
  'internal-error': operationKinds,
  'conflict-budget-exhausted': ['command'],
  'store-unavailable': operationKinds,
  'outcome-unknown': ['command'],
  'command-id-unverified': ['command'],
  'too-many-rejections': ['command'],
}

/** Fields that a code adds to its problem. */
const fields: Partial<Record<ProblemCode, Readonly<Record<string, JsonSchema>>>> = {
  'invalid-command': {
    problem: { type: 'string', description: 'With `invalid-command`: what is wrong.' },
    issues: {
      type: 'array',
      items: { $ref: '#/components/schemas/Issue' },
      description: 'With `invalid-command`: what the schema of the command found.',
    },
  },
  'revision-mismatch': {
    actual: { type: 'integer', description: 'The revision the entity stands at.' },
  },
  rejected: {
    reason: { type: 'string', description: 'Why the entity refused.' },
    details: { description: 'What the entity adds to its reason.' },
  },
}

/** Schemas that the problem responses refer to. */
export const problemSchemas: Readonly<Record<string, JsonSchema>> = {
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
      pointer: { type: 'string', format: 'json-pointer', description: 'RFC 6901; empty for the whole.' },
    },
    required: ['message', 'pointer'],
  },
}

/** The problem responses of all operations, by the name {@link problemsOf} refers to. */
export function problemResponses(): Record<string, object> {
  return Object.fromEntries(
    operationKinds.flatMap((kind) =>
      [...codesByStatus(kind)].map(([status, codes]) => [
        `${kind}-${status}`,
        problemResponse(status, codes),
      ]),
    ),
  )
}

/** The problems that may answer an operation, by status. */
export function problemsOf(kind: OperationKind): Record<string, object> {
  return Object.fromEntries(
    [...codesByStatus(kind).keys()].map((status) => [
      String(status),
      { $ref: `#/components/responses/${kind}-${status}` },
    ]),
  )
}

function codesByStatus(kind: OperationKind): Map<number, readonly ProblemCode[]> {
  const codes = (Object.keys(answers) as ProblemCode[]).filter((code) => answers[code].includes(kind))
  return Map.groupBy(codes, (code) => catalogue[code][0])
}

function problemResponse(status: number, codes: readonly ProblemCode[]): object {
  const properties = Object.assign({ code: { enum: codes } }, ...codes.map((code) => fields[code])) as object
  const schema = { allOf: [{ $ref: '#/components/schemas/Problem' }, { type: 'object', properties }] }
  const retry = { 'Retry-After': { $ref: '#/components/headers/Retry-After' } }
  return {
    description: codes.map((code) => `\`${code}\`: ${catalogue[code][1]}.`).join('\n\n'),
    ...((status === 429 || status === 503) && { headers: retry }),
    content: { 'application/problem+json': { schema } },
  }
}
