import type {
  CancellationReason,
  ConditionalCheckFailedException,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb'
import { isTailfoldError, type TailfoldError } from '../../core/base/errors.ts'
import { storeFailure } from '../../core/base/failures.ts'
import { entityIndex } from './stored-form.ts'

/** Where a request went, for messages. */
export interface Target {
  readonly tableName: string
  /** As the client is configured; `undefined` when it has none. */
  readonly region: string | undefined
}

interface Refusal {
  readonly retryable: boolean
  readonly why: (target: Target, message: string) => string
}

const throttled: Refusal = {
  retryable: true,
  why: ({ tableName }) => `table ${tableName} is throttled; raise its capacity, or bill it per request`,
}
const expired: Refusal = {
  retryable: false,
  why: () => 'the AWS credentials have expired; sign in again or renew them',
}
const unknownIdentity: Refusal = {
  retryable: false,
  why: (_, message) =>
    `AWS does not accept the credentials (${message}); check the access key and its secret`,
}

/**
 * Errors that prove that the request was refused before it was applied.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
const refusals: Readonly<Record<string, Refusal>> = {
  ResourceNotFoundException: {
    retryable: false,
    why: ({ tableName, region }) =>
      `table ${tableName} is not found in region ${region}; create it with \`npx tailfold table create --table ${tableName}\` or deploy its stack, or correct the name or the region`,
  },
  ValidationException: {
    retryable: false,
    why: ({ tableName }, message) => `DynamoDB refused the request to table ${tableName}: ${message}`,
  },
  AccessDeniedException: {
    retryable: false,
    why: ({ tableName }, message) =>
      `access to table ${tableName} is denied; allow ${actionIn(message) ?? 'dynamodb:PutItem and dynamodb:Query'} on it (${message})`,
  },
  UnrecognizedClientException: unknownIdentity,
  InvalidSignatureException: unknownIdentity,
  IncompleteSignatureException: unknownIdentity,
  MissingAuthenticationTokenException: unknownIdentity,
  ExpiredTokenException: expired,
  ExpiredToken: expired,
  CredentialsProviderError: {
    retryable: false,
    why: () =>
      'no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (any letters and digits for DynamoDB Local), sign in, or pass credentials to the client',
  },
  ThrottlingException: throttled,
  ProvisionedThroughputExceededException: throttled,
  RequestLimitExceeded: throttled,
  TransactionCanceledException: {
    retryable: true,
    why: ({ tableName }, message) => `a transaction on table ${tableName} met another one (${message})`,
  },
  TransactionInProgressException: {
    retryable: true,
    why: ({ tableName }) => `a transaction on table ${tableName} is still under way`,
  },
  ReplicatedWriteConflictException: {
    retryable: true,
    why: ({ tableName }) => `another Region is writing the same item of table ${tableName}`,
  },
  ItemCollectionSizeLimitExceededException: {
    retryable: false,
    why: ({ tableName }) =>
      `an entity of table ${tableName} fills 10 GB, the limit of a table with local secondary indexes; use one without`,
  },
}

/** What DynamoDB and DynamoDB Local say of a request whose keys are not those of the table. */
const aboutKeys = /key schema|match schema|mismatch for key|Missing the key|required keys/
const otherKeys = {
  retryable: false,
  why: ({ tableName }: Pick<Target, 'tableName'>, found: string) =>
    `table ${tableName} has other keys than pk (S) and sk (N) (${found}); name another table, or create one with \`npx tailfold table create\``,
} satisfies Refusal

/** What both say of a query on an index that is not there. */
const aboutIndex = /does not have the specified index/
const noIndex: Refusal = {
  retryable: false,
  why: ({ tableName }) =>
    `table ${tableName} has no index "${entityIndex}", without which entities cannot be listed; add it as \`tableDefinition\` has it, or leave \`listEntities\` out`,
}

const noRegion: Refusal = {
  retryable: false,
  why: () => 'no AWS region is configured; set AWS_REGION, or pass region to the client',
}

/** Nothing was sent where no connection came to stand. A refusal may pass: a server that restarts, a name server. */
const noConnection: Refusal = {
  retryable: true,
  why: (_, message) =>
    `nothing answers at the endpoint (${message}); correct the endpoint or the region, or start DynamoDB Local`,
}
const noConnectionCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

/** True when the condition of a write did not hold. The item that is there comes along when it was asked for. */
export function isConditionFailed(error: unknown): error is ConditionalCheckFailedException {
  return nameOf(error) === 'ConditionalCheckFailedException'
}

/**
 * The first reason for which a transaction was cancelled: that of its first item, a commit. Its item comes along when
 * it was asked for.
 */
export function cancelledBy(error: unknown): CancellationReason | undefined {
  if (nameOf(error) !== 'TransactionCanceledException') return undefined
  return (error as TransactionCanceledException).CancellationReasons?.[0]
}

/** True when there is no such table, here. */
export function isTableMissing(error: unknown): boolean {
  return nameOf(error) === 'ResourceNotFoundException'
}

/** True when the table to be created is there, or on its way. */
export function isTableInUse(error: unknown): boolean {
  return nameOf(error) === 'ResourceInUseException'
}

/** Says what an error of the SDK means for the request. A time-out, a lost connection, a 5xx: nobody knows. */
export function dynamoDbFailure(operation: string, target: Target, error: unknown): TailfoldError {
  if (isTailfoldError(error)) return error
  const message = messageOf(error)
  const refusal = refusalOf(error)
  if (refusal === undefined) {
    const why = `table ${target.tableName} gave no usable answer (${nameOf(error)}: ${message})`
    return storeFailure(operation, why, { applied: 'unknown', cause: error })
  }
  // A refused last attempt says nothing of an earlier one that got no answer.
  const applied = attemptsOf(error) > 1 ? 'unknown' : 'no'
  const { retryable, why } = refusal
  return storeFailure(operation, why(target, message), { applied, retryable, cause: error })
}

/** What was asked, of a message such as `User: … is not authorized to perform: dynamodb:Query on resource: …`. */
function actionIn(message: string): string | undefined {
  return /is not authorized to perform: (dynamodb:\w+)/.exec(message)?.[1]
}

/** The error for a write that met an item of another revision: the table's key is not that of a journal. */
export function keysDiffer(operation: string, tableName: string): TailfoldError {
  const why = otherKeys.why({ tableName }, 'one item an entity')
  return storeFailure(operation, why, { applied: 'no', retryable: false })
}

function refusalOf(error: unknown): Refusal | undefined {
  const message = messageOf(error)
  if (message === 'Region is missing') return noRegion
  if (nameOf(error) === 'ValidationException') {
    if (aboutIndex.test(message)) return noIndex
    if (aboutKeys.test(message)) return otherKeys
  }
  return noConnectionCodes.has(codeOf(error) ?? '') ? noConnection : refusals[nameOf(error)]
}

/** A failed connection to a name with several addresses has a code alone. */
function messageOf(error: unknown): string {
  const message = error instanceof Error ? error.message : String(error)
  return message === '' ? (codeOf(error) ?? 'no message') : message
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code
  return typeof code === 'string' ? code : undefined
}

function nameOf(error: unknown): string {
  return error instanceof Error ? error.name : typeof error
}

function attemptsOf(error: unknown): number {
  return (error as { $metadata?: { attempts?: number } } | null)?.$metadata?.attempts ?? 1
}
