import type {
  CancellationReason,
  ConditionalCheckFailedException,
  DynamoDBClient,
  TransactionCanceledException,
} from '@aws-sdk/client-dynamodb'
import { isTailfoldError, type TailfoldError } from '../../core/base/errors.ts'
import { storeFailure } from '../../core/base/failures.ts'
import { entityIndex } from './stored-form.ts'

/** Where a request went. */
export interface Target {
  readonly client: DynamoDBClient
  readonly tableName: string
}

/** What is known of an error that proves that its request changed nothing. */
interface KnownError {
  readonly retryable: boolean
  /** What failed and what to do, without the full stop. `found` is what the SDK says. */
  readonly why: (tableName: string, found: string, region: string | undefined) => string
}

/** An error that may be gone when the request is repeated. */
const passing = (why: KnownError['why']): KnownError => ({ retryable: true, why })

/** An error that stays until somebody mends its cause. */
const final = (why: KnownError['why']): KnownError => ({ retryable: false, why })

const throttled = passing(
  (table) => `table ${table} is throttled; raise its capacity or switch it to on-demand billing`,
)
const expired = final(() => 'the AWS credentials have expired; sign in again or renew them')
const unknownIdentity = final(
  (_, found) =>
    `AWS does not accept the credentials (${found}); check the access key id and the secret access key`,
)
const invalid = final((table, found) => `DynamoDB found the request to table ${table} invalid: ${found}`)
const collectionFull = final(
  (table) =>
    `an entity in table ${table} has reached 10 GB, the limit of tables with local secondary indexes; use a table without them`,
)
const busy = passing(
  (table, found) => `another write to the same items of table ${table} was in progress (${found})`,
)

/**
 * Errors that prove that the request was turned down before it was applied.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html
 */
const knownErrors: Readonly<Record<string, KnownError>> = {
  ResourceNotFoundException: final(
    (table, _, region) =>
      `table ${table} is not found in region ${region}; create it with \`npx tailfold table create --table ${table}\` or deploy its stack, or correct the name or the region`,
  ),
  ValidationException: invalid,
  AccessDeniedException: final(
    (table, found) =>
      `access to table ${table} is denied; allow ${actionIn(found) ?? 'dynamodb:PutItem and dynamodb:Query'} on it (${found})`,
  ),
  UnrecognizedClientException: unknownIdentity,
  InvalidSignatureException: unknownIdentity,
  IncompleteSignatureException: unknownIdentity,
  MissingAuthenticationTokenException: unknownIdentity,
  ExpiredTokenException: expired,
  ExpiredToken: expired,
  CredentialsProviderError: final(
    () =>
      'no AWS credentials were found; set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY (any letters and digits for DynamoDB Local), sign in, or pass credentials to the client',
  ),
  ThrottlingException: throttled,
  ProvisionedThroughputExceededException: throttled,
  RequestLimitExceeded: throttled,
  LimitExceededException: passing(
    (table, found) => `too many tables are being changed at once, ${table} among them (${found})`,
  ),
  TransactionCanceledException: busy,
  TransactionInProgressException: busy,
  TransactionConflictException: busy,
  ReplicatedWriteConflictException: busy,
  ItemCollectionSizeLimitExceededException: collectionFull,
}

/** Why a transaction was cancelled, by the code of its first reason; any other is a conflict. */
const cancellations: Readonly<Record<string, KnownError>> = {
  ValidationError: invalid,
  ItemCollectionSizeLimitExceeded: collectionFull,
  ProvisionedThroughputExceeded: throttled,
  ThrottlingError: throttled,
}

/** What DynamoDB and DynamoDB Local say of a request whose keys are not those of the table. */
const aboutKeys = /key schema|match schema|mismatch for key|Missing the key|required keys/
const otherKeys = final(
  (table, found) =>
    `table ${table} has other keys than pk (S) and sk (N) (${found}); name another table, or create one with \`npx tailfold table create\``,
)

/** What both say of a query on an index that is not there. */
const aboutIndex = /does not have the specified index/
const noIndex = final(
  (table) =>
    `table ${table} has no index "${entityIndex}", which listing entities needs; add it as \`tableDefinition\` has it, or leave \`listEntities\` out`,
)

const noRegion = final(() => 'no AWS region is configured; set AWS_REGION, or pass region to the client')

/** Nothing was sent without a connection. The cause may pass: a server that restarts, a name server. */
const noConnection = passing(
  (_, found) =>
    `nothing answers at the endpoint (${found}); correct the endpoint or the region, or start DynamoDB Local`,
)
const noConnectionCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN'])

/**
 * A Lambda function that was frozen may send a request that it signed before, or take an old answer for the time. The SDK
 * corrects its clock by the `Date` of this answer, so the next request is signed with the right time.
 */
const clockOff = passing(
  (_, found) =>
    `the signature was not valid at the time of AWS (${found}); the next request uses the corrected time. If this repeats, set the clock of this machine`,
)
const aboutClock = /Signature (expired|not yet current)/
const clockErrors = new Set(['InvalidSignatureException', 'RequestExpired', 'RequestTimeTooSkewed'])

/** True when the condition of a write did not hold. The item that is there comes along when it was asked for. */
export function isConditionFailed(error: unknown): error is ConditionalCheckFailedException {
  return nameOf(error) === 'ConditionalCheckFailedException'
}

/**
 * The first reason for which a transaction was cancelled: that of its first item, a commit. Its item comes along when
 * it was asked for.
 */
export function cancelledBy(error: unknown): CancellationReason | undefined {
  return reasonsOf(error)[0]
}

/** True when a condition of a transaction did not hold. */
export function isConditionCancelled(error: unknown): boolean {
  return reasonsOf(error).some(({ Code }) => Code === 'ConditionalCheckFailed')
}

/** True when there is no such table. */
export function isTableMissing(error: unknown): boolean {
  return nameOf(error) === 'ResourceNotFoundException'
}

/** True when the table to be created exists, or is being created. */
export function isTableInUse(error: unknown): boolean {
  return nameOf(error) === 'ResourceInUseException'
}

/**
 * The error for a request that failed. Its outcome is unknown after a time-out, a lost connection, a 5xx, and after the
 * caller aborted the request.
 */
export async function dynamoDbFailure(
  operation: string,
  { client, tableName }: Target,
  error: unknown,
  signal?: AbortSignal,
): Promise<TailfoldError> {
  if (isTailfoldError(error)) return error
  const found = messageOf(error)
  const known = signal?.aborted ? undefined : knownErrorOf(error, found)
  if (known === undefined) {
    const why = signal?.aborted
      ? `the request to table ${tableName} was aborted before its answer came`
      : `table ${tableName} gave no usable answer (${nameOf(error)}: ${found})`
    return storeFailure(operation, why, { applied: 'unknown', cause: error })
  }
  // The last attempt says nothing about an earlier one that got no answer.
  const applied = attemptsOf(error) > 1 ? 'unknown' : 'no'
  const region = await client.config.region().catch(() => undefined)
  const why = known.why(tableName, found, region)
  return storeFailure(operation, why, { applied, retryable: known.retryable, cause: error })
}

/** Sends a request about a table. Rejects with `store-unavailable`. */
export async function onTable<Answer>(
  operation: string,
  target: Target,
  send: () => Promise<Answer>,
): Promise<Answer> {
  try {
    return await send()
  } catch (error) {
    throw await dynamoDbFailure(operation, target, error)
  }
}

/** The error for a write that met an item of another revision: the table's key is not that of a journal. */
export function keysDiffer(operation: string, tableName: string): TailfoldError {
  const why = otherKeys.why(tableName, 'one item per entity', undefined)
  return storeFailure(operation, why, { applied: 'no', retryable: false })
}

function knownErrorOf(error: unknown, found: string): KnownError | undefined {
  const name = nameOf(error)
  if (found === 'Region is missing') return noRegion
  if (clockErrors.has(name) && (aboutClock.test(found) || metadataOf(error).clockSkewCorrected))
    return clockOff
  if (name === 'ValidationException') {
    if (aboutIndex.test(found)) return noIndex
    if (aboutKeys.test(found)) return otherKeys
  }
  if (name === 'TransactionCanceledException') {
    const reason = reasonsOf(error).find(({ Code = 'None' }) => Code !== 'None')
    return cancellations[reason?.Code ?? ''] ?? busy
  }
  return noConnectionCodes.has(codeOf(error) ?? '') ? noConnection : knownErrors[name]
}

function reasonsOf(error: unknown): readonly CancellationReason[] {
  if (nameOf(error) !== 'TransactionCanceledException') return []
  return (error as TransactionCanceledException).CancellationReasons ?? []
}

/** What a message such as `User: … is not authorized to perform: dynamodb:Query on resource: …` asks for. */
function actionIn(found: string): string | undefined {
  return /is not authorized to perform: (dynamodb:\w+)/.exec(found)?.[1]
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
  return metadataOf(error).attempts ?? 1
}

/** What the SDK adds to an error. `clockSkewCorrected`: it has noticed that its clock was off, and set it right. */
function metadataOf(error: unknown): { readonly attempts?: number; readonly clockSkewCorrected?: boolean } {
  return (error as { $metadata?: object } | null)?.$metadata ?? {}
}
