import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createEngine, type Journal, systemPlatform } from '../../../src/index.ts'
import { sqliteJournal } from '../../../src/stores/sqlite/index.ts'
import { prose } from '../ballast.ts'
import { count } from '../counts.ts'
import { type Content, documentEntity } from './document-entity.ts'

/** Heap that an engine holds after it has read many large entities. */
export interface MemoryRow {
  readonly entities: number
  readonly stateBytes: number
  /** Of the state: one text, or a list of objects of about 60 bytes. */
  readonly state: 'one text' | 'small objects'
  /** `cache.maxBytes` of the engine; 0 with the cache off. */
  readonly cacheBytes: number
  /** Growth of the heap, after garbage collection. */
  readonly heapBytes: number
}

const entities = count(600, 12)
const stateBytes = 190_000
/** The default, half of it, and none. */
const cacheSizes = [0, 16 * 2 ** 20, 32 * 2 ** 20]

/** Reads all entities with caches of several sizes. The journal is a file: only the engine holds memory. */
export async function measureMemory(state: MemoryRow['state']): Promise<readonly MemoryRow[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tailfold-bench-'))
  try {
    using journal = sqliteJournal({ file: join(folder, 'journal.sqlite') })
    await fill(journal, state)
    // Loads the code and fills the runtime's own caches.
    await growth(journal, 0, 10)
    const rows: MemoryRow[] = []
    for (const cacheBytes of cacheSizes) {
      const heapBytes = await growth(journal, cacheBytes, entities)
      rows.push({ entities, stateBytes, state, cacheBytes, heapBytes })
    }
    return rows
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fill(journal: Journal, state: MemoryRow['state']): Promise<void> {
  const writer = createEngine(documentEntity(), {
    journal,
    platform: systemPlatform,
    cache: { maxEntries: 0 },
  })
  for (let n = 0; n < entities; n++) {
    await writer.execute(`doc-${n}`, { type: 'Write', content: contentOf(state, n) })
  }
  await writer.idle()
}

function contentOf(state: MemoryRow['state'], seed: number): Content {
  const text = prose(stateBytes, seed)
  if (state === 'one text') return text
  const objects: object[] = []
  for (let from = 0; from < stateBytes; from += 60) {
    objects.push({ line: from / 60, text: text.slice(from, from + 30), read: false })
  }
  return objects
}

async function growth(journal: Journal, cacheBytes: number, reads: number): Promise<number> {
  const before = usedHeap()
  const engine = createEngine(documentEntity(), {
    journal,
    platform: systemPlatform,
    cache: cacheBytes === 0 ? { maxEntries: 0 } : { maxBytes: cacheBytes },
  })
  for (let n = 0; n < reads; n++) await engine.read(`doc-${n}`)
  await engine.idle()
  const after = usedHeap()
  // Keeps the engine, and with it the cache, until the heap was measured.
  engine.forget('doc-0')
  return after - before
}

function usedHeap(): number {
  collectGarbage()
  return process.memoryUsage().heapUsed
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void
