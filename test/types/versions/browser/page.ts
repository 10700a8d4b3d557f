import { client, isClientError } from 'tailfold/client'
import type { app } from './app.js'

const { counter } = client<typeof app>({ baseUrl: '', fetch: (url, init) => fetch(url, init) })
const reply: number = await counter('c').ask({ type: 'Get' })
await counter('c').tell({ type: 'Add', by: reply })
for await (const { payload } of counter('c').events()) console.log(payload.by)
for await (const id of counter.list()) console.log(id)
try {
  // @ts-expect-error no such command
  await counter('c').ask({ type: 'Ad' })
} catch (error) {
  if (isClientError(error, 'rejected')) console.log(error.problem.reason)
}
