// What every platform has to carry out, with the packed package. Plain JavaScript: old platforms read no types.
// Arguments: a folder to write to. Prints one line for each part, and fails with the first that fails.
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { ActorSystem, Behaviors, createEngine, entity, InMemoryJournal, systemPlatform } from 'tailfold'
import { client } from 'tailfold/client'
import { fetchHandler } from 'tailfold/fetch'
import { createApp } from 'tailfold/http'
import { nodeServer } from 'tailfold/node'
import { sqliteJournal, sqliteStore } from 'tailfold/sqlite'
import { storeConformance } from 'tailfold/testing'

const folder = process.argv.at(-1)
const { Bun, Deno } = globalThis

const counter = entity({
  entityType: 'counter',
  initialState: { count: 0 },
  onEvent: (state, event) => ({ count: state.count + event.by }),
  async onCommand(_ctx, state, command) {
    if (command.type === 'Total') {
      command.replyTo.tell(state.count)
      return Behaviors.same()
    }
    return Behaviors.persisted({ events: [{ type: 'Counted', by: command.by }] })
  },
})

async function countsTo40(journal) {
  const engine = createEngine(counter, { journal, platform: systemPlatform })
  const count = () => engine.execute('c-1', { type: 'Count', by: 1 })
  for (let round = 0; round < 4; round++) await Promise.all(Array.from({ length: 10 }, count))
  const { state } = await createEngine(counter, { journal, platform: systemPlatform }).read('c-1')
  assert.deepEqual(state, { count: 40 })
}

/** A handler of the Fetch API behind the server of the platform: `{ url, close }`. */
async function serve(app) {
  const handle = fetchHandler(app)
  if (Deno !== undefined) {
    const server = Deno.serve({ port: 0, hostname: '127.0.0.1', onListen() {} }, (request) => handle(request))
    return { url: `http://127.0.0.1:${server.addr.port}`, close: () => server.shutdown() }
  }
  if (Bun !== undefined) {
    const server = Bun.serve({ port: 0, hostname: '127.0.0.1', fetch: (request) => handle(request) })
    return { url: `http://127.0.0.1:${server.port}`, close: () => server.stop(true) }
  }
  const server = nodeServer(app, { port: 0 })
  return { url: (await server.listen()).url, close: () => server.close() }
}

const parts = {
  memory: () => countsTo40(new InMemoryJournal()),

  async sqlite() {
    const journal = sqliteJournal({ file: join(folder, 'journal.sqlite') })
    await countsTo40(journal)
    journal.close()
  },

  async 'store contract'() {
    const open = async () => {
      const store = sqliteStore({ file: join(folder, 'store.sqlite') })
      return { store, close: () => store.close() }
    }
    const openEmpty = async () => {
      const store = sqliteStore({ file: join(folder, `${crypto.randomUUID()}.sqlite`) })
      return { store, close: () => store.close() }
    }
    for (const { name, run } of storeConformance({ open, openEmpty }))
      await run().catch((cause) => {
        throw new Error(`not kept: ${name}`, { cause })
      })
  },

  async 'failed append'() {
    const file = join(folder, 'failed.sqlite')
    const store = sqliteStore({ file })
    const ids = [{ commandId: 'unfit', expiresAtEpochSeconds: 0.5 }]
    await assert.rejects(store.append('type/id', 1, { id: 'x' }, { ids }), { code: 'store-unavailable' })
    assert.deepEqual(await store.append('type/id', 1, { id: 'y' }), { kind: 'appended' })
    const other = sqliteStore({ file })
    assert.equal((await other.recover('type/id', 4)).commits[0]?.record.id, 'y')
    for (const each of [store, other]) each.close()
  },

  async 'locked file'() {
    const file = join(folder, 'locked.sqlite')
    const store = sqliteStore({ file, busyTimeoutMs: 200 })
    // Here and not above: what lacks it shall be refused by the package.
    const { DatabaseSync } = await import('node:sqlite')
    const holder = new DatabaseSync(file)
    holder.exec('BEGIN IMMEDIATE')
    const startedAt = performance.now()
    const nothingWritten = { code: 'store-unavailable', retryable: true, message: /stayed locked/ }
    await assert.rejects(store.append('type/id', 1, { id: 'x' }), nothingWritten)
    assert.ok(performance.now() - startedAt >= 150, 'it waited for the lock')
    holder.exec('ROLLBACK')
    holder.close()
    assert.deepEqual(await store.append('type/id', 1, { id: 'x' }), { kind: 'appended' })
    store.close()
    await assert.rejects(store.recover('type/id', 4), { message: /was closed/ })
  },

  async 'http and client'() {
    const journal = sqliteJournal({ file: join(folder, 'http.sqlite') })
    const app = createApp({ journal, entities: [counter], authorize: 'everybody' })
    const { url, close } = await serve(app)
    const headers = { 'content-type': 'application/json' }
    const post = () => fetch(`${url}/counter/c-1/Count`, { method: 'POST', headers, body: '{"by":2}' })
    const answers = await Promise.all(Array.from({ length: 20 }, post))
    assert.deepEqual(new Set(answers.map(({ status }) => status)), new Set([204]))
    const state = await fetch(`${url}/counter/c-1`)
    assert.deepEqual([state.status, await state.json()], [200, { count: 40 }])
    assert.equal((await fetch(`${url}/counter/none`)).status, 404)
    assert.equal(await client({ baseUrl: url }).counter('c-1').ask({ type: 'Total' }), 40)
    await close()
    await app.idle()
    journal.close()
  },

  async actors() {
    const system = new ActorSystem({ name: 'platform' })
    const journal = new InMemoryJournal()
    const ref = system.spawn(Behaviors.eventSourced({ ...counter, entityId: 'c-1', journal }), 'counter')
    ref.tell({ type: 'Count', by: 3 })
    assert.equal(await system.ask(ref, { type: 'Total' }, 2_000), 3)
    await system[Symbol.asyncDispose]()
  },
}

for (const [name, run] of Object.entries(parts)) {
  await run().catch((cause) => {
    throw new Error(`${name} failed`, { cause })
  })
  console.log(name)
}
