import { createHmac } from 'node:crypto'

/** The account of the fake, and how a store reaches it. */
export interface FakeAzureTables {
  readonly options: { readonly connectionString: string; readonly fetch: typeof fetch }
  /** Rows by partition and row key, `account.a|-`. */
  readonly rows: Map<string, Row>
  /** Every request, as `POST /journal`. */
  readonly requests: string[]
  /** Answers the next request instead. */
  refuseNext(status: number, code: string, headers?: Record<string, string>): void
  /** How far its clock is ahead. */
  clockAheadMs: number
}

type Row = Record<string, string>

const accountKey = Buffer.from('key of the fake').toString('base64')
const account = { name: 'fake', host: 'https://fake.table.core.windows.net' }
const maxPageBytes = 4 * 1024 * 1024

class Refused extends Error {
  readonly status: number
  readonly code: string
  constructor(status: number, code: string) {
    super(code)
    this.status = status
    this.code = code
  }
}

/**
 * Azure Tables as far as the store uses it, with the limits that Azurite does not enforce: pages of 4 MiB and 1,000 entities,
 * entities of 1 MiB with properties of 64 KiB, keys of 1 KiB, batches of 100 writes and 4 MiB.
 */
export function fakeAzureTables(tableName = 'journal'): FakeAzureTables {
  const rows = new Map<string, Row>()
  const requests: string[] = []
  let refusal: { status: number; code: string; headers: Record<string, string> } | undefined
  let versions = 0

  function handle(method: string, url: URL, headers: Headers, body: string): Response {
    const path = decodeURIComponent(url.pathname)
    if (path === '/$batch') return batch(body)
    if (path === '/Tables') throw new Refused(409, 'TableAlreadyExists')
    const [, name, partition, row] =
      /^\/(\w+)(?:\((?:PartitionKey='(.*)',RowKey='(.*)')?\))?$/.exec(path) ?? []
    if (name !== tableName) throw new Refused(404, 'TableNotFound')
    if (partition === undefined) return method === 'GET' ? query(url.searchParams) : insert(body)
    return one(method, `${partition}|${row}`, headers, body)
  }

  function insert(body: string): Response {
    const row = checked(JSON.parse(body) as Row)
    const key = `${row['PartitionKey']}|${row['RowKey']}`
    if (rows.has(key)) throw new Refused(409, 'EntityAlreadyExists')
    rows.set(key, { ...row, 'odata.etag': `v${++versions}` })
    return new Response(null, { status: 204 })
  }

  function one(method: string, key: string, headers: Headers, body: string): Response {
    const present = rows.get(key)
    const match = headers.get('if-match')
    if (present === undefined && (method !== 'PUT' || match !== null))
      throw new Refused(404, 'ResourceNotFound')
    const etag = present?.['odata.etag'] ?? ''
    if (match !== null && match !== '*' && match !== etag)
      throw new Refused(412, 'UpdateConditionNotSatisfied')
    if (method === 'GET') return Response.json(present, { headers: { etag } })
    if (method === 'DELETE') rows.delete(key)
    else rows.set(key, { ...checked(JSON.parse(body) as Row), 'odata.etag': `v${++versions}` })
    return new Response(null, { status: 204 })
  }

  function query(parameters: URLSearchParams): Response {
    const matches = filterOf(parameters.get('$filter') ?? '')
    const from = [parameters.get('NextPartitionKey'), parameters.get('NextRowKey')].join('|')
    const top = Number(parameters.get('$top') ?? 1_000)
    if (top > 1_000) throw new Refused(400, 'InvalidInput')
    const value: Row[] = []
    let bytes = 0
    const inOrder = [...rows].toSorted(([, a], [, b]) => (keyText(a) < keyText(b) ? -1 : 1))
    for (const [key, row] of inOrder) {
      if ((from !== '|' && keyText(row) < from.replace('|', '\u0000')) || !matches(row)) continue
      bytes += JSON.stringify(row).length
      if (value.length === top || (bytes > maxPageBytes && value.length > 0)) {
        const [partition = '', rowKey = ''] = key.split('|')
        const next = {
          'x-ms-continuation-nextpartitionkey': partition,
          'x-ms-continuation-nextrowkey': rowKey,
        }
        return Response.json({ value }, { headers: next })
      }
      value.push(row)
    }
    return Response.json({ value })
  }

  function batch(body: string): Response {
    if (body.length > maxPageBytes) throw new Refused(413, 'RequestBodyTooLarge')
    const parts = [...body.matchAll(/^(POST|PUT|DELETE) (\S+) HTTP\/1\.1\r\n([^]*?)\r\n\r\n(.*)\r\n--/gm)]
    if (parts.length > 100) throw new Refused(400, 'InvalidInput')
    const before = new Map(rows)
    const partitions = new Set<string>()
    for (const [index, [, method = '', address = '', , text = '']] of parts.entries()) {
      try {
        const headers = new Headers(method === 'DELETE' ? { 'if-match': '*' } : {})
        handle(method, new URL(address), headers, text)
        const { PartitionKey } = text === '' ? {} : (JSON.parse(text) as Row)
        if (PartitionKey !== undefined) partitions.add(PartitionKey)
        if (partitions.size > 1) throw new Refused(400, 'CommandsInBatchActOnDifferentPartitions')
      } catch (error) {
        rows.clear()
        for (const [key, row] of before) rows.set(key, row)
        const { status, code } = error as Refused
        const problem = { 'odata.error': { code, message: { lang: 'en-US', value: `${index}:${code}` } } }
        const part = `HTTP/1.1 ${status} X\r\nContent-Type: application/json\r\n\r\n${JSON.stringify(problem)}`
        return new Response(`--r\r\n--c\r\n\r\n${part}\r\n--c--\r\n--r--\r\n`, { status: 202 })
      }
    }
    return new Response('--r\r\n--c\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n--c--\r\n--r--\r\n', {
      status: 202,
    })
  }

  const fake: FakeAzureTables = {
    rows,
    requests,
    clockAheadMs: 0,
    refuseNext: (status, code, headers = {}) => void (refusal = { status, code, headers }),
    options: {
      connectionString: `AccountName=${account.name};AccountKey=${accountKey}`,
      fetch: async (input, init) => {
        const request = new Request(input, init)
        const { method, headers } = request
        const url = new URL(request.url)
        const body = await request.text()
        requests.push(`${method} ${decodeURIComponent(url.pathname)}`)
        const now = Date.now() + fake.clockAheadMs
        const date = new Date(now).toUTCString()
        try {
          const planned = refusal
          refusal = undefined
          if (planned)
            return refusedWith(new Refused(planned.status, planned.code), { date, ...planned.headers })
          checkSignature(method, url, headers, now)
          return handle(method, url, headers, body)
        } catch (error) {
          return refusedWith(error as Refused, { date })
        }
      },
    },
  }
  return fake
}

function refusedWith({ status, code }: Refused, headers: Record<string, string>): Response {
  const problem = { 'odata.error': { code, message: { lang: 'en-US', value: `${code} of the fake` } } }
  return Response.json(problem, { status, headers })
}

function checkSignature(method: string, url: URL, headers: Headers, now: number): void {
  const date = headers.get('x-ms-date') ?? ''
  const text = [method, '', headers.get('content-type') ?? '', date, `/${account.name}${url.pathname}`].join(
    '\n',
  )
  const signature = createHmac('sha256', Buffer.from(accountKey, 'base64')).update(text).digest('base64')
  const isRight = headers.get('authorization') === `SharedKey ${account.name}:${signature}`
  if (url.origin !== account.host || !isRight || Math.abs(Date.parse(date) - now) > 15 * 60_000)
    throw new Refused(403, 'AuthenticationFailed')
}

const utf16Bytes = (text: string) => 2 * text.length

function checked(row: Row): Row {
  const { PartitionKey, RowKey } = row
  if (PartitionKey === undefined || RowKey === undefined) throw new Refused(400, 'PropertiesNeedValue')
  // oxlint-disable-next-line no-control-regex -- what Azure forbids
  for (const key of [PartitionKey, RowKey])
    if (utf16Bytes(key) > 1024 || /[/\\#?\p{Cc}]/u.test(key)) throw new Refused(400, 'OutOfRangeInput')
  let bytes = 4 + utf16Bytes(PartitionKey + RowKey)
  for (const [name, value] of Object.entries(row)) {
    if (typeof value !== 'string' || !value.isWellFormed()) throw new Refused(400, 'InvalidInput')
    if (utf16Bytes(value) > 64 * 1024) throw new Refused(400, 'PropertyValueTooLarge')
    bytes += 8 + utf16Bytes(name) + 4 + utf16Bytes(value)
  }
  if (bytes > 1024 * 1024) throw new Refused(400, 'EntityTooLarge')
  return row
}

function keyText({ PartitionKey = '', RowKey = '' }: Row): string {
  return `${PartitionKey}\u0000${RowKey}`
}

/** `PartitionKey eq 'a' and RowKey lt 'b' and r gt 5L`. */
function filterOf(filter: string): (row: Row) => boolean {
  const terms = filter.split(' and ').map((term) => {
    const [, name = '', operator = '', literal, number] =
      /^(\w+) (eq|gt|ge|lt) (?:'(.*)'|(\d+)L)$/.exec(term) ?? []
    if (literal === undefined && number === undefined) throw new Refused(400, 'InvalidInput')
    return { name, operator, wanted: number === undefined ? (literal ?? '') : Number(number) }
  })
  return (row) =>
    terms.every(({ name, operator, wanted }) => {
      const text = row[name]
      if (text === undefined) return false
      const value = typeof wanted === 'number' ? Number(text) : text
      if (operator === 'eq') return value === wanted
      if (operator === 'lt') return value < wanted
      return operator === 'gt' ? value > wanted : value >= wanted
    })
}
