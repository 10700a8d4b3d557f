import { memoryStore } from 'tailfold'
import { type Store, storeFailure } from 'tailfold/store'
import { storeChaos } from 'tailfold/testing'
import { describe, expect, test } from 'vitest'
import { rejectionOf } from '../helpers/thrown.ts'

const withAppend = (append: (store: Store) => Store['append']) => {
  const store = memoryStore()
  return async () => ({ store: { ...store, append: append(store) } })
}

describe('storeChaos', () => {
  test('fails appends at random, and a sound store carries each command out once', async () => {
    const store = memoryStore()
    const { commands, faults } = await storeChaos({ open: async () => ({ store }) })
    expect(commands).toBe(80)
    expect(faults).toBeGreaterThan(10)
  })

  test('takes a store that is an object of a class', async () => {
    class ClassStore implements Store {
      readonly #base = memoryStore()
      readonly limits = this.#base.limits
      append(...args: Parameters<Store['append']>) {
        return this.#base.append(...args)
      }
      recover(...args: Parameters<Store['recover']>) {
        return this.#base.recover(...args)
      }
      range(...args: Parameters<Store['range']>) {
        return this.#base.range(...args)
      }
      saveSnapshot(...args: Parameters<Store['saveSnapshot']>) {
        return this.#base.saveSnapshot(...args)
      }
      recordBytes(...args: Parameters<Store['recordBytes']>) {
        return this.#base.recordBytes(...args)
      }
    }
    const store = new ClassStore()
    expect(await storeChaos({ open: async () => ({ store }) })).toMatchObject({ commands: 80 })
  })

  test('draws the same faults from the same seed where one writer draws them', async () => {
    const run = (seed: number) => {
      const store = memoryStore()
      return storeChaos({ open: async () => ({ store }), writers: 1, commands: 40, seed })
    }
    const [first, again, another] = [await run(7), await run(7), await run(8)]
    expect(again).toEqual(first)
    expect(another.faults).not.toBe(first.faults)
  })

  test.for([
    { writers: 0 },
    { commands: 0 },
    { faulty: Number.NaN },
    { faulty: 1 },
    { writers: 1.5 },
    { seed: -1 },
    { writer: 2 },
  ])('takes no options that would prove nothing: %j', async (options) => {
    const store = memoryStore()
    expect(await rejectionOf(storeChaos({ open: async () => ({ store }), ...options }))).toBeInstanceOf(
      TypeError,
    )
  })

  test('says what to pass where it is given nothing', async () => {
    const nothing = await rejectionOf(storeChaos(undefined as never))
    expect(nothing).toBeInstanceOf(TypeError)
    expect(nothing).toMatchObject({
      message: expect.stringMatching(/^storeChaos needs an object of options: open,/),
    })
    const empty = await rejectionOf(storeChaos({} as never))
    expect(empty).toBeInstanceOf(TypeError)
    expect(empty).toMatchObject({ message: 'open must be a function that opens a connection, not null.' })
  })

  test('closes what it opened, also where the store breaks', async () => {
    let open = 0
    const refused = storeFailure('recover', 'it is broken', { applied: 'no', retryable: false })
    const broken = { ...memoryStore(), recover: () => Promise.reject(refused) }
    const opening = async () => {
      open += 1
      return { store: broken, close: () => void (open -= 1) }
    }
    expect(await rejectionOf(storeChaos({ open: opening, writers: 2, commands: 1 }))).toBe(refused)
    expect(open).toBe(0)
  })

  test.for<[string, () => Promise<{ store: Store }>]>([
    [
      'acknowledges before it is durable, and loses one commit in ten',
      (() => {
        let appends = 0
        return withAppend((store) => async (...args) => {
          const result = await store.append(...args)
          appends += 1
          // The newest commit of the entity is gone again, as after a crash.
          if (result.kind === 'appended' && appends % 10 === 0) await store.truncate?.(args[0], args[1] - 1)
          return result
        })
      })(),
    ],
    [
      'says that nothing was written where it was',
      withAppend((store) => async (...args) => {
        const result = await store.append(...args)
        return result.kind === 'occupied' ? { kind: 'occupied', record: args[2] } : result
      }),
    ],
  ])('finds a store that %s', async ([, open]) => {
    const error = await rejectionOf(storeChaos({ open, seed: 3 }))
    expect(error).toMatchObject({ message: expect.stringMatching(/Seed: 3|corrupt|outcome|revision/) })
  })
})
