import { isTailfoldError, type TailfoldError } from '../../core/base/errors.ts'
import { type StoreFailure, storeFailure } from '../../core/base/failures.ts'

/** What an error means for the request. */
type Meaning = Omit<StoreFailure, 'cause'> & { readonly why: string }

const hopeless = { applied: 'no', retryable: false } as const
const notApplied = { applied: 'no', retryable: true } as const
const tooLarge: Meaning = {
  ...hopeless,
  why: 'the record is beyond what Azure Tables takes; lower maxRecordBytes',
}
const sasLacks: Meaning = {
  ...hopeless,
  why: 'the shared access signature does not allow this; make one for the table service with the permissions r, a and u',
}

/**
 * What the error codes of the Table service mean. A code that is missing here is judged by its status.
 *
 * Source: https://learn.microsoft.com/rest/api/storageservices/table-service-error-codes and
 * https://learn.microsoft.com/rest/api/storageservices/common-rest-api-error-codes
 */
const meanings: Readonly<Record<string, Meaning>> = {
  AccountIsDisabled: { ...hopeless, why: 'the storage account is disabled' },
  AuthenticationFailed: {
    ...hopeless,
    why: 'Azure does not accept the account key or the shared access signature; copy the connection string again',
  },
  AuthorizationFailure: {
    ...hopeless,
    why: 'access is denied; check the firewall of the storage account and the permissions of the credential',
  },
  AuthorizationPermissionMismatch: {
    ...hopeless,
    why: 'permission denied; give this identity the role Storage Table Data Contributor, or a shared access signature with r, a and u',
  },
  AuthorizationProtocolMismatch: sasLacks,
  AuthorizationResourceTypeMismatch: sasLacks,
  AuthorizationServiceMismatch: sasLacks,
  AuthorizationSourceIPMismatch: sasLacks,
  EntityTooLarge: tooLarge,
  InsufficientAccountPermissions: sasLacks,
  InvalidAuthenticationInfo: {
    ...hopeless,
    why: 'Azure does not accept the token; it must be one for https://storage.azure.com that has not expired',
  },
  KeyBasedAuthenticationNotPermitted: {
    ...hopeless,
    why: 'the storage account allows no account keys; use a token',
  },
  NoAuthenticationInformation: { ...hopeless, why: 'Azure found no credential in the request' },
  PropertyValueTooLarge: tooLarge,
  RequestBodyTooLarge: tooLarge,
  // Azure does not state that a busy server has changed nothing.
  ServerBusy: { applied: 'unknown', why: 'Azure throttles the partition or the account' },
  TableBeingDeleted: {
    ...notApplied,
    why: 'the table is being deleted, which takes a minute; another one of its name can be created then',
  },
}

/** What follows a code that names a table; `create` may be run again. */
function tableNotFound(tableName: string): Meaning {
  return {
    ...hopeless,
    why: `table ${tableName} is missing; create it with \`npx tailfold store create --store azure-table:${tableName}\`, or correct the name`,
  }
}

/** Codes of Node.js for a connection that was never made. */
const noConnectionCodes = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** A request is refused when its date is off by more: 15 minutes, with a margin. */
const mostClockSkewMs = 14 * 60_000

/** What Azure answered to a request that it did not carry out. */
export interface Refusal {
  readonly status: number
  /** Such as `TableNotFound`; empty where the answer names none. */
  readonly code: string
  readonly message: string
  /** Seconds after which to try again, as Azure says. */
  readonly retryAfter?: string | undefined
  /** How far the clock of this machine is behind that of Azure. */
  readonly clockSkewMs: number
}

/** Whether a refusal is due to the clock of this machine. */
export function isClockOff({ code, clockSkewMs }: Refusal): boolean {
  return code === 'AuthenticationFailed' && Math.abs(clockSkewMs) > mostClockSkewMs
}

/** The error for a request that Azure refused. */
export function refused(operation: string, tableName: string, refusal: Refusal): TailfoldError {
  const { why, ...failure } = meaningOf(tableName, refusal)
  const { status, code, message, retryAfter } = refusal
  const again = retryAfter === undefined ? '' : `; retry after ${retryAfter} s`
  return storeFailure(operation, `${why} (${code || `status ${status}`})${again}`, {
    ...failure,
    cause: message,
  })
}

/** The error for a request that got no answer. */
export function unanswered(operation: string, error: unknown, signal?: AbortSignal): TailfoldError {
  if (isTailfoldError(error)) return error
  if (signal?.aborted) return aborted(operation, 'unknown')
  const { message, cause } = (error ?? {}) as { message?: string; cause?: { code?: string } }
  const code = cause?.code ?? ''
  if (noConnectionCodes.has(code)) {
    const why = `no connection to Azure Tables (${code}); check the address, and that this machine reaches it`
    return storeFailure(operation, why, { ...notApplied, cause: error })
  }
  const why = `Azure Tables gave no usable answer (${code || (message ?? 'no message')})`
  return storeFailure(operation, why, { applied: 'unknown', cause: error })
}

/** The error for a request that nobody waits for any more. */
export function aborted(operation: string, applied: 'no' | 'unknown'): TailfoldError {
  return storeFailure(operation, 'the request was aborted before its answer came', { applied })
}

function meaningOf(tableName: string, refusal: Refusal): Meaning {
  const { status, code, message } = refusal
  if (isClockOff(refusal)) {
    const minutes = Math.round(Math.abs(refusal.clockSkewMs) / 60_000)
    const why = `the clock of this machine is off by ${minutes} minutes; the next request uses the time of Azure. Set the clock`
    return { ...notApplied, why }
  }
  if (code === 'AuthenticationFailed' && /time frame/i.test(message))
    return {
      ...hopeless,
      why: 'the shared access signature has expired, or is not valid yet; make a new one',
    }
  if (code === 'TableNotFound') return tableNotFound(tableName)
  const known = meanings[code]
  if (known !== undefined) return known
  if (status === 429) return { ...notApplied, why: 'Azure takes no more requests for now' }
  if (status < 500) return { ...hopeless, why: 'Azure does not take the request' }
  return { applied: 'unknown', why: 'Azure failed to carry the request out' }
}
