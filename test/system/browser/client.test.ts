import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser, Page } from 'playwright-core'
import { nodeListener } from 'tailfold/node'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { bankApp } from '../../helpers/bank-server.ts'
import { bundleClient } from '../../helpers/client-bundle.ts'
import { startChromium } from './chromium.ts'

let browser: Browser
let server: Server
let page: Page

beforeAll(async () => {
  browser = await startChromium()
  const { text } = await bundleClient('iife')
  const serveApp = nodeListener(bankApp({ cors: { origins: '*' } }))
  server = createServer((request, response) => {
    if (request.url !== '/') return serveApp(request, response)
    response.setHeader('content-type', 'text/html')
    response.end(`<!doctype html><title>A bank</title><script>${text}</script>`)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
})
afterAll(async () => {
  await browser.close()
  server.close()
})

beforeEach(async () => {
  page = await browser.newPage()
})
afterEach(() => page.close())

const origin = (host: string) => `http://${host}:${(server.address() as AddressInfo).port}`

/** Opens the page on that host and runs the body of an async function there; `bank` is a client of its origin, or another. */
async function run(host: string, body: string, baseUrl = ''): Promise<unknown> {
  await page.goto(`${origin(host)}/`)
  return page.evaluate(
    `(async () => { const bank = tailfold.client({ baseUrl: ${JSON.stringify(baseUrl)} }); ${body} })()`,
  )
}

test('a page asks, tells, and reads state, revision and events', async () => {
  const result = await run(
    'localhost',
    `
    const acc = bank.account('page/1 ü')
    await acc.tell({ type: 'Deposit', amount: 100 })
    const reply = await acc.ask({ type: 'Withdraw', amount: 30 })
    const refused = await acc.ask({ type: 'Withdraw', amount: 71 }).catch((error) => [error.code, error.problem.details])
    const events = []
    for await (const { type, payload } of acc.events({ pageSize: 1 })) events.push([type, payload])
    return { reply, refused, read: await acc.read(), events }`,
  )
  expect(result).toEqual({
    reply: 'ok',
    refused: ['rejected', { balance: 70 }],
    // The refusal is recorded under its key, which makes it a revision.
    read: { state: { balance: 70, txCount: 2 }, revision: 3 },
    events: [
      ['Deposited', { amount: 100 }],
      ['Withdrawn', { amount: 30 }],
    ],
  })
})

describe('a reply that is lost', () => {
  test('is asked for again under the same key, and the withdrawal happens once', async () => {
    const keys: (string | undefined)[] = []
    await page.route('**/Withdraw', async (route) => {
      keys.push(route.request().headers()['idempotency-key'])
      const response = await route.fetch()
      return keys.length === 1 ? route.abort('connectionreset') : route.fulfill({ response })
    })
    const result = await run(
      'localhost',
      `
      const acc = bank.account('lost')
      await acc.tell({ type: 'Deposit', amount: 100 })
      return [await acc.ask({ type: 'Withdraw', amount: 30 }), await acc.state()]`,
    )
    expect(result).toEqual(['ok', { balance: 70, txCount: 2 }])
    expect(keys).toEqual([expect.any(String), keys[0]])
  })
})

test('a page that does not come over HTTPS has keys too, where crypto.randomUUID is missing', async () => {
  const result = await run(
    'bank.test',
    `
    await bank.account('insecure').tell({ type: 'Deposit', amount: 1 })
    return [isSecureContext, typeof crypto.randomUUID, await bank.account('insecure').state()]`,
  )
  expect(result).toEqual([false, 'undefined', { balance: 1, txCount: 1 }])
})

test('a page of another origin can do all that, where the app lets it', async () => {
  const result = await run(
    'localhost',
    `
    const acc = bank.account('abroad')
    await acc.tell({ type: 'Deposit', amount: 100 }, { ifMatch: 0 })
    const refused = await acc.ask({ type: 'Withdraw', amount: 101 }).catch((error) => error.code)
    return [refused, await acc.read()]`,
    origin('127.0.0.1'),
  )
  expect(result).toEqual(['rejected', { state: { balance: 100, txCount: 1 }, revision: 2 }])
})

test('a request is ended by its time and by a signal', async () => {
  await page.route('**/GetBalance', () => {})
  const result = await run(
    'localhost',
    `
    const acc = bank.account('slow')
    const code = (call) => call.then(() => 'answered', (error) => error.code ?? error.name)
    const late = await code(acc.ask({ type: 'GetBalance' }, { timeoutMs: 100 }))
    const control = new AbortController()
    setTimeout(() => control.abort(), 50)
    return [late, await acc.ask({ type: 'GetBalance' }, { signal: control.signal }).catch(({ name }) => name)]`,
  )
  expect(result).toEqual(['timeout', 'AbortError'])
})

describe('a command kept in the page', () => {
  /** The example of docs/client.md. */
  const example = /^```js\n([^]*?)^```$/m.exec(readFileSync('docs/client.md', 'utf8'))?.[1] ?? ''

  test('is carried out once when the page is reloaded before its answer, and sent by two tabs', async () => {
    const context = await browser.newContext()
    const [first, second] = [await context.newPage(), await context.newPage()]
    let sent = 0
    const lost = Promise.withResolvers<void>()
    await first.route('**/Deposit', async (route) => {
      if (++sent > 1) return route.continue()
      await route.fetch()
      lost.resolve()
    })
    await first.goto(`${origin('localhost')}/`)
    const program = `bank = tailfold.client({ baseUrl: '' }); ${example}`
    await first.evaluate(`${program}; void send('kept', { type: 'Deposit', amount: 5 })`)
    await lost.promise
    await first.reload()
    await second.goto(`${origin('localhost')}/`)
    await Promise.all(
      [first, second].map((tab) => tab.evaluate(`(async () => { ${program}; await sendKept() })()`)),
    )
    expect(
      await first.evaluate('(async () => [await bank.account("kept").state(), localStorage.length])()'),
    ).toEqual([{ balance: 5, txCount: 1 }, 0])
    await context.close()
  })
})

test.for([302, 307])('a redirect (%d) is an error, and the page it leads to is not asked', async (status) => {
  const elsewhere: string[] = []
  await page.route('http://bank.test/**', (route) => {
    elsewhere.push(route.request().method())
    return route.fulfill({ status: 204 })
  })
  await page.route('**/Deposit', (route) =>
    route.fulfill({ status, headers: { location: 'http://bank.test/login' } }),
  )
  const result = await run(
    'localhost',
    `return bank.account('a').tell({ type: 'Deposit', amount: 1 }).catch(({ code, attempts }) => [code, attempts])`,
  )
  expect([result, elsewhere]).toEqual([['unexpected-answer', 1], []])
})
