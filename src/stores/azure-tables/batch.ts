import type { RequestOptions } from '../../core/base/cost.ts'
import type { Answer, TableClient } from './client.ts'
import { entityPath } from './entities.ts'
import { type Entity, jsonOf } from './stored-form.ts'

/** Operations of one batch at most. Source: https://learn.microsoft.com/rest/api/storageservices/performing-entity-group-transactions */
export const maxOperations = 100

/** A write within a batch. All are to one partition. */
export interface Operation {
  readonly kind: 'insert' | 'put' | 'delete'
  /** Of one to delete, its keys. */
  readonly entity: Entity
}

/** Carries out up to 100 writes to one partition together, or none of them: an entity group transaction, in one request. */
export function sendBatch(
  client: TableClient,
  operation: string,
  operations: readonly Operation[],
  answers: readonly string[],
  request: RequestOptions | undefined,
): Promise<Answer> {
  const [batch, changes] = ['batch', 'changes'].map((name) => `${name}_${crypto.randomUUID()}`)
  const parts = operations.map((each) => `--${changes}\n${partOf(client, each)}\n`).join('')
  const body = `--${batch}\nContent-Type: multipart/mixed; boundary=${changes}\n\n${parts}--${changes}--\n--${batch}--\n`
  return client.send(
    operation,
    {
      method: 'POST',
      path: '/$batch',
      headers: { 'content-type': `multipart/mixed; boundary=${batch}` },
      // Line breaks within an entity are escaped: it is JSON.
      body: body.replaceAll('\n', '\r\n'),
      // Documents disagree on whether a batch is billed as one transaction or as one for each entity: at most, then.
      writes: operations.length,
      answers,
    },
    request,
  )
}

function partOf({ endpoint, tableName }: TableClient, { kind, entity }: Operation): string {
  const table = `${endpoint}/${tableName}`
  const path = kind === 'insert' ? '' : entityPath(entity)
  const method = { insert: 'POST', put: 'PUT', delete: 'DELETE' }[kind]
  const lines = [
    'Content-Type: application/http',
    'Content-Transfer-Encoding: binary',
    '',
    `${method} ${table}${path} HTTP/1.1`,
    'Accept: application/json;odata=nometadata',
    'DataServiceVersion: 3.0;',
  ]
  if (kind === 'delete') return [...lines, 'If-Match: *', '', ''].join('\n')
  return [...lines, 'Content-Type: application/json', 'Prefer: return-no-content', '', jsonOf(entity)].join(
    '\n',
  )
}
