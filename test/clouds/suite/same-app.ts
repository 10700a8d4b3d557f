import { expect } from 'vitest'

const json = { 'content-type': 'application/json' }

/** Deposits 1, and tells the status. */
export async function deposit(base: URL, id: string, headers: Record<string, string> = {}): Promise<number> {
  const url = new URL(`/account/${encodeURIComponent(id)}/Deposit`, base)
  const answer = await fetch(url, { method: 'POST', headers: { ...json, ...headers }, body: '{"amount":1}' })
  await answer.arrayBuffer()
  return answer.status
}

/** The balance of an account. */
export async function balanceOf(base: URL, id: string): Promise<number> {
  const answer = await fetch(new URL(`/account/${encodeURIComponent(id)}`, base))
  return ((await answer.json()) as { balance: number }).balance
}

/** So many deposits into one account at the same time: all are answered with 204, and counted once. */
export async function overlap(base: URL, requests: number): Promise<void> {
  const id = crypto.randomUUID()
  const statuses = await Promise.all(Array.from({ length: requests }, () => deposit(base, id)))
  expect(statuses.filter((status) => status !== 204)).toEqual([])
  expect(await balanceOf(base, id)).toBe(requests)
}

/** What the bank does on every runtime alike. Resolves with the number of requests. */
export async function sameApp(base: URL): Promise<string> {
  const id = `ü/ %${crypto.randomUUID()}`
  const callers = Array.from({ length: 16 }, async () => {
    for (let n = 0; n < 10; n++) expect(await deposit(base, id)).toBe(204)
  })
  await Promise.all(callers)
  expect(await balanceOf(base, id)).toBe(160)

  const key = { 'idempotency-key': 'once' }
  expect([await deposit(base, id, key), await deposit(base, id, key)]).toEqual([204, 204])
  expect(await balanceOf(base, id)).toBe(161)

  const large = await fetch(new URL('/account/a/Deposit', base), {
    method: 'POST',
    headers: json,
    body: `{"amount":1,"note":"${'x'.repeat(2 * 1024 * 1024)}"}`,
  }).catch((error: unknown) => error)
  // A server may end the connection before all of the body has come.
  if (large instanceof Response) expect(large.status).toBe(413)

  const unknown = await fetch(new URL('/nothing/here', base))
  expect([unknown.status, unknown.headers.get('content-type')]).toEqual([404, 'application/problem+json'])
  return '160 of 160'
}
