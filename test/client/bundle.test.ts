import { createContext, runInContext } from 'node:vm'
import { describe, expect, test } from 'vitest'
import { startBankServer } from '../helpers/bank-server.ts'
import { bundleClient } from '../helpers/client-bundle.ts'

const maxBytes = 5_000
const maxBytesWithViews = 7_000

/** What a client takes from a page, or from Node.js, apart from the language itself. */
const globals = {
  AbortController,
  clearTimeout,
  crypto,
  fetch,
  Headers,
  performance,
  setTimeout,
  URLSearchParams,
}

describe('the client as one minified file', () => {
  test(`has at most ${maxBytes} bytes`, async () => {
    const { bytes } = await bundleClient('esm')
    expect(bytes).toBeGreaterThan(1_000)
    expect(bytes).toBeLessThanOrEqual(maxBytes)
  })

  test(`has at most ${maxBytesWithViews} bytes with views`, async () => {
    const { bytes, inputs } = await bundleClient('esm', 'src/client/views/index.ts')
    expect(bytes).toBeLessThanOrEqual(maxBytesWithViews)
    expect(inputs.filter((path) => !path.startsWith('src/client/'))).toEqual([])
  })

  test('holds nothing of the server', async () => {
    const { inputs } = await bundleClient('esm')
    expect(inputs).toContain('src/client/client.ts')
    expect(inputs.filter((path) => !path.startsWith('src/client/'))).toEqual([])
  })

  test('runs where there is nothing but what browsers have', async () => {
    await using server = await startBankServer()
    const { text } = await bundleClient('iife')
    const program = `${text}
        const acc = tailfold.client({ baseUrl: ${JSON.stringify(server.url)} }).account('a')
        const run = async () => {
          await acc.ask({ type: 'Deposit', amount: 5 })
          const refused = await acc.ask({ type: 'Withdraw', amount: 6 }).catch((error) => error.problem.reason)
          const types = []
          for await (const event of acc.events()) types.push(event.type)
          return JSON.stringify([await acc.state(), refused, types])
        }
        run()`
    const result: unknown = await runInContext(program, createContext({ ...globals }))
    expect(result).toBe('[{"balance":5,"txCount":1},"insufficient funds",["Deposited"]]')
  })
})
