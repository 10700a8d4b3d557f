import { createEngine } from '../../core/engine/engine.ts'
import type { Engine } from '../../core/engine/contract.ts'
import type { EngineOptions } from '../../core/engine/options.ts'
import type { SelfCalls } from '../../core/engine/self-calls.ts'
import { toJournal } from '../../core/journal/to-journal.ts'
import { canonicalJson } from '../../core/base/json.ts'
import type { AnyBehavior } from './any-behavior.ts'
import { isObject } from './arguments.ts'

/** One engine for each entity type and journal, shared by the actors of a system while one of them needs it. */
export interface SharedEngines {
  /** The engine for this behavior. Throws what `createEngine` throws on a definition or journal that cannot work. */
  acquire(behavior: AnyBehavior): Lease
  /** Engines in use. */
  size(): number
  /** Resolves when no command and no snapshot write is under way. */
  idle(): Promise<void>
}

/** The use of an engine by one actor. */
export interface Lease {
  readonly engine: Engine
  /** Ends the use; the last one drops the engine once it is idle. */
  release(): void
}

interface Entry {
  readonly engine: Engine
  users: number
}

/** Makes the engines of a system. Handlers run so that `calls` knows of them. */
export function sharedEngines(options: Omit<EngineOptions, 'journal'>, calls: SelfCalls): SharedEngines {
  const entries = new Map<string, Entry>()
  const keyOf = engineKeys()

  function create({ definition, journal }: AnyBehavior): Engine {
    const onCommand: typeof definition.onCommand = (ctx, state, command) =>
      calls.handle(ctx, () => definition.onCommand(ctx, state, command))
    return createEngine({ ...definition, onCommand }, { ...options, journal: toJournal(journal) })
  }

  async function dropWhenIdle(key: string, entry: Entry): Promise<void> {
    await entry.engine.idle()
    if (entry.users === 0 && entries.get(key) === entry) entries.delete(key)
  }

  return {
    acquire(behavior) {
      const key = keyOf(behavior)
      const entry = entries.get(key) ?? { engine: create(behavior), users: 0 }
      entries.set(key, entry)
      entry.users += 1
      return {
        engine: entry.engine,
        release() {
          entry.users -= 1
          if (entry.users === 0) void dropWhenIdle(key, entry)
        },
      }
    },
    size: () => entries.size,
    async idle() {
      await Promise.all([...entries.values()].map(({ engine }) => engine.idle()))
    },
  }
}

/**
 * Makes texts that are equal for behaviors with the same fields in the same journal: each `Behaviors.eventSourced` makes
 * a new object of them. Functions, schemas and journals are compared by reference, initial states as JSON.
 */
function engineKeys(): (behavior: AnyBehavior) => string {
  const texts = new WeakMap<object, string>()
  let count = 0

  function textOf(value: unknown, describe: (value: object) => string): string {
    if (typeof value !== 'function' && !isObject(value)) return `${typeof value} ${String(value)}`
    const text = texts.get(value) ?? describe(value)
    texts.set(value, text)
    return text
  }

  const reference = () => `#${++count}`
  const group = (schemas: object) => fields(schemas, () => reference)
  const describeField = (name: string) =>
    name === 'initialState' ? canonicalJson : schemaGroups.has(name) ? group : reference
  const fields = (of: object, describe: (name: string) => (value: object) => string) =>
    Object.entries(of)
      .map(([name, value]) => `${JSON.stringify(name)}:${textOf(value, describe(name))}`)
      .join()

  return ({ definition, journal }) => `${textOf(journal, reference)} ${fields(definition, describeField)}`
}

const schemaGroups: ReadonlySet<string> = new Set(['commands', 'events', 'replies'])
