import { runInNewContext } from 'node:vm'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { root } from '../../helpers/doc-blocks.ts'

const program = `
  import { createEngine, entity, memoryStore, systemPlatform } from 'tailfold'
  import { keyValueJournal } from 'tailfold/store'
  import { client } from 'tailfold/client'
  import { fetchHandler } from 'tailfold/fetch'
  import { createApp } from 'tailfold/http'
  import { listEntities } from 'tailfold/history'
  import { recordText } from 'tailfold/store'
  globalThis.used = [client, listEntities, recordText, fetchHandler, createApp]
  const note = entity({
    entityType: 'note',
    initialState: { text: '' },
    onEvent: (state, { text }) => ({ text }),
    onCommand: (ctx, state, { text }) => ({ kind: 'persisted', events: [{ type: 'Noted', text }] }),
  })
  const journal = keyValueJournal(memoryStore())
  const engine = createEngine(note, { journal, platform: systemPlatform })
  const text = 'the quick brown fox '.repeat(500)
  globalThis.result = engine
    .execute('n', { type: 'Note', text })
    .then(() => createEngine(note, { journal, platform: systemPlatform }).read('n'))
    .then(({ state }) => state.text === text)
`

/** Globals of every runtime of the web; none of Node.js. */
const web = () => ({
  TextEncoder,
  TextDecoder,
  setTimeout,
  clearTimeout,
  AbortController,
  AbortSignal,
  crypto: globalThis.crypto,
  URL,
  Request,
  Response,
})

describe('the package without its stores and servers', () => {
  test('is bundled for a runtime without modules of its own, and works with the globals of the web', async () => {
    const { outputFiles, metafile } = await build({
      stdin: { contents: program, resolveDir: root },
      bundle: true,
      platform: 'neutral',
      format: 'iife',
      conditions: ['tailfold-source'],
      metafile: true,
      write: false,
    })
    const files = Object.keys(metafile.inputs)
    expect(files.filter((file) => file.startsWith('src/bytes/'))).not.toContain('src/bytes/node.ts')
    const globals: Record<string, unknown> = web()
    runInNewContext(outputFiles[0]?.text ?? '', globals)
    expect(await globals['result']).toBe(true)
  })

  test('takes what Node.js has built in where it is bundled for Node.js', async () => {
    const { metafile } = await build({
      stdin: { contents: program, resolveDir: root },
      bundle: true,
      platform: 'node',
      format: 'esm',
      conditions: ['tailfold-source'],
      metafile: true,
      write: false,
    })
    const files = Object.keys(metafile.inputs).filter((file) => file.startsWith('src/bytes/'))
    expect(files).toEqual(['src/bytes/node.ts'])
  })
})
