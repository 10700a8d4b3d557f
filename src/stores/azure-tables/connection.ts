import { checkOptionsObject } from '../../core/base/describe-value.ts'

/** Where an account's tables are, and what opens them: either `connectionString` or `endpoint`. */
export interface AzureTablesConnection {
  /**
   * As the portal shows it, with an account key or a shared access signature, or `UseDevelopmentStorage=true` for an
   * Azurite on its usual port.
   */
  readonly connectionString?: string | undefined
  /** `https://<account>.table.core.windows.net`, with `token`, or with a shared access signature as its query. */
  readonly endpoint?: string | undefined
  /**
   * Gives an access token of Microsoft Entra ID for `https://storage.azure.com/.default`, as a managed identity has. Called
   * for every request, so it should keep the token until it expires.
   */
  readonly token?: (() => string | Promise<string>) | undefined
  /** Sends requests. Default: the global `fetch`. */
  readonly fetch?: typeof globalThis.fetch | undefined
}

/** What requests are sent to, and how they are authorized. */
export interface TableAccess {
  /** Without a slash at its end. */
  readonly endpoint: string
  /** A query that goes with every request; empty without a shared access signature. */
  readonly sas: string
  readonly key?: { readonly accountName: string; readonly accountKey: string }
  readonly token?: () => string | Promise<string>
}

/**
 * Azurite's account, the same on every machine.
 * Source: https://learn.microsoft.com/azure/storage/common/storage-connect-azurite#http-connection-strings
 */
const developmentAccount = {
  AccountName: 'devstoreaccount1',
  AccountKey: 'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==',
}

/** The connection string of an Azurite whose tables are at a port of this machine. */
export function developmentConnection(port: number): string {
  const { AccountName, AccountKey } = developmentAccount
  return `AccountName=${AccountName};AccountKey=${AccountKey};TableEndpoint=http://127.0.0.1:${port}/${AccountName}`
}

/** Reads a connection. Throws `TypeError` that says what is missing, and shows no secret. */
export function tableAccess(options: AzureTablesConnection): TableAccess {
  checkOptionsObject('The options of an Azure Tables store', options)
  const { connectionString, endpoint, token } = options
  if ((connectionString === undefined) === (endpoint === undefined))
    throw new TypeError(
      'Azure Tables needs either a connectionString or an endpoint; is the environment variable that holds it set?',
    )
  const access = connectionString === undefined ? atEndpoint(endpoint, token) : connected(connectionString)
  if (/^https?:\/\/[^/.]+-secondary\./.test(access.endpoint))
    throw new TypeError('A secondary endpoint is behind and takes no writes; name the primary one.')
  return access
}

function atEndpoint(endpoint: unknown, token: AzureTablesConnection['token']): TableAccess {
  if (typeof endpoint !== 'string' || !URL.canParse(endpoint) || !/^https?:/.test(endpoint))
    throw new TypeError('endpoint must be an address such as https://<account>.table.core.windows.net.')
  const { origin, pathname, search } = new URL(endpoint)
  const access = { endpoint: withoutSlash(origin + pathname), sas: search.slice(1) }
  if (token !== undefined) return { ...access, token }
  if (access.sas.includes('sig=')) return access
  throw new TypeError('endpoint needs a token beside it, or a shared access signature as its query.')
}

function connected(connectionString: unknown): TableAccess {
  const given = partsOf(connectionString)
  const parts = given['UseDevelopmentStorage'] === 'true' ? partsOf(developmentConnection(10_002)) : given
  const { AccountName: accountName, AccountKey: accountKey, SharedAccessSignature: sas } = parts
  const endpoint = parts['TableEndpoint'] ?? defaultEndpoint(parts)
  if (endpoint === undefined || !URL.canParse(endpoint))
    throw new TypeError('The connection string needs AccountName, or TableEndpoint as an address.')
  if (sas !== undefined) return { endpoint: withoutSlash(endpoint), sas: sas.replace(/^\?/, '') }
  if (accountName === undefined || accountKey === undefined)
    throw new TypeError('The connection string needs AccountName and AccountKey, or SharedAccessSignature.')
  return { endpoint: withoutSlash(endpoint), sas: '', key: { accountName, accountKey } }
}

/** `Name=value;…`; values hold `=`. */
function partsOf(connectionString: unknown): Readonly<Record<string, string>> {
  if (typeof connectionString !== 'string')
    throw new TypeError('connectionString must be a text, as the portal shows it.')
  const parts = connectionString.split(';').map((part) => part.trim().split(/=(.*)/s))
  return Object.fromEntries(parts.filter(([, value]) => value).map(([name, value]) => [name, value]))
}

function defaultEndpoint(parts: Readonly<Record<string, string>>): string | undefined {
  const { DefaultEndpointsProtocol: protocol = 'https', AccountName, EndpointSuffix } = parts
  return AccountName && `${protocol}://${AccountName}.table.${EndpointSuffix ?? 'core.windows.net'}`
}

function withoutSlash(address: string): string {
  return address.replace(/\/+$/, '')
}
