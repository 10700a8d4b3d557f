import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fingerprint } from '../../../src/core/base/fingerprint.ts'
import type { Receipt } from '../../../src/core/journal/commit.ts'
import {
  commandHash,
  noCommands,
  type RecentCommands,
  remember,
  rememberOlder,
  withReceipts,
} from '../../../src/core/journal/recent-commands.ts'
import { decodeRecent, encodeRecent } from '../../../src/core/journal/recent-commands-record.ts'

function receipt(commandId: string): Receipt {
  return { commandId, fingerprint: '', firstEvent: 0, eventCount: 0, outcome: { kind: 'replied' } }
}

interface PlainCommit {
  readonly revision: number
  readonly timestamp: number
  readonly receipts: readonly Receipt[]
}

const commit = (revision: number, timestamp: number, ...ids: readonly string[]): PlainCommit => ({
  revision,
  timestamp,
  receipts: ids.map(receipt),
})

/** Two ids with one hash, found by search. */
const twins = ['k431555', 'k2992052'] as const
const placeOf = ({ revision, timestamp }: PlainCommit) => ({ revision, timestamp })
const names = ({ commands }: RecentCommands) => commands.map(({ hash, revision }) => `${hash}@${revision}`)
const minute = 60_000
const keepAll = { atLeast: 1_000_000, periodMs: Number.POSITIVE_INFINITY }

/** Commits with up to three ids each, by clocks that also go backward, up to 90 s. */
const histories = fc
  .array(
    fc.record({
      ids: fc.array(fc.string({ maxLength: 4 }), { maxLength: 3 }),
      afterMs: fc.integer({ min: -90_000, max: 400_000 }),
    }),
    { minLength: 1, maxLength: 30 },
  )
  .map((steps) => {
    let timestamp = 1_767_225_600_000
    return steps.map(({ ids, afterMs }, index) => commit(index + 1, (timestamp += afterMs), ...ids))
  })

const lastOf = <Value>(values: readonly Value[]): Value => values.at(-1) as Value

describe('recent commands', () => {
  test('read back from their stored form as hash and revision, newest first', () => {
    fc.assert(
      fc.property(histories, (commits) => {
        const recent = remember(noCommands, commits, keepAll)
        const place = placeOf(lastOf(commits))
        const decoded = decodeRecent(encodeRecent(recent, place, 1_000_000), place)
        expect(names(decoded)).toEqual(names(recent))
        expect(decoded.dropped).toBeUndefined()
      }),
    )
  })

  test('never lack an id recorded after the newest dropped commit, however they were cut', () => {
    fc.assert(
      fc.property(
        histories,
        fc.nat({ max: 12 }),
        fc.nat({ max: 8 }),
        fc.nat({ max: 200 }),
        fc.integer({ min: 0, max: 10 }).map((minutes) => minutes * minute),
        (commits, atLeast, split, roomBytes, periodMs) => {
          // Some commits are folded, stored, read back and folded on, as two processes would.
          const before = commits.slice(0, split)
          const first = remember(noCommands, before, { atLeast, periodMs })
          const stored =
            before.length === 0
              ? noCommands
              : decodeRecent(
                  encodeRecent(first, placeOf(lastOf(before)), atLeast, roomBytes),
                  placeOf(lastOf(before)),
                )
          const recent = remember(stored, commits.slice(split), { atLeast, periodMs })
          const place = placeOf(lastOf(commits))
          const decoded = decodeRecent(encodeRecent(recent, place, atLeast, roomBytes), place)
          const known = new Set(names(decoded))
          for (const { revision, receipts } of commits) {
            if (revision <= (decoded.dropped?.revision ?? 0)) continue
            for (const { commandId } of receipts)
              expect(known).toContain(`${commandHash(commandId)}@${revision}`)
          }
        },
      ),
    )
  })

  test('tell of a dropped commit the time of the id after it: it was there when that was decided', () => {
    fc.assert(
      fc.property(histories, fc.nat({ max: 5 }), (commits, atLeast) => {
        const recent = remember(noCommands, commits, { atLeast, periodMs: 0 })
        const place = placeOf(lastOf(commits))
        const { commands, dropped } = decodeRecent(encodeRecent(recent, place, atLeast), place)
        fc.pre(dropped !== undefined)
        const after = commands.at(-1) ?? dropped
        const upTo = commits.filter(({ revision }) => revision <= (after?.revision ?? 0))
        const latest = Math.max(...upTo.map(({ timestamp }) => timestamp))
        expect(dropped?.time).toBeGreaterThanOrEqual(latest)
        expect(dropped?.time).toBeLessThan(latest + 1_000)
      }),
    )
  })

  test('take no more bytes than there is room for, but for the fewest allowed', () => {
    fc.assert(
      fc.property(histories, fc.nat({ max: 5 }), fc.nat({ max: 400 }), (commits, atLeast, roomBytes) => {
        const recent = remember(noCommands, commits, keepAll)
        const place = placeOf(lastOf(commits))
        const fewest = encodeRecent(recent, place, atLeast)
        const text = encodeRecent(recent, place, atLeast, roomBytes)
        expect(text.length).toBeLessThanOrEqual(Math.max(fewest.length, roomBytes))
        expect(text.slice(0, text.indexOf('~')).startsWith(fewest.slice(0, fewest.indexOf('~')))).toBe(true)
      }),
    )
  })

  test('are at most 1,000 in a stored form, and 1,000 where there is room', () => {
    const commits = Array.from({ length: 1_200 }, (_, index) => commit(index + 1, 0, `c${index}`))
    const recent = remember(noCommands, commits, keepAll)
    const decoded = decodeRecent(encodeRecent(recent, { revision: 1_200, timestamp: 0 }, 32, 1e6), {
      revision: 1_200,
      timestamp: 0,
    })
    expect([decoded.commands.length, decoded.dropped?.revision]).toEqual([1_000, 200])
  })

  test('have the stored form that the format promises', () => {
    const recent = remember(noCommands, [commit(6, 1_000, 'a'), commit(7, 201_000, 'b')], keepAll)
    const dropped = { ...noCommands, dropped: { revision: 5, time: 1_000 } }
    const place = { revision: 7, timestamp: 201_000 }
    expect(encodeRecent(recent, place, 2)).toBe(`${commandHash('b')}0.${commandHash('a')}1.~.`)
    expect(encodeRecent(recent, place, 1)).toBe(`${commandHash('b')}0.~1.0.`)
    expect(encodeRecent(dropped, place, 32)).toBe('~2.5k.')
    expect(encodeRecent(noCommands, place, 32)).toBe('~.')
    expect(encodeRecent(recent, place, 2)).toMatchInlineSnapshot(`"ny8f5zvf0.5grehsat1.~."`)
  })

  test('hold a dropped commit of a clock that ran ahead of the record', () => {
    const recent = { ...noCommands, dropped: { revision: 3, time: 5_500 }, time: 5_500 }
    const text = encodeRecent(recent, { revision: 4, timestamp: 5_000 }, 32)
    expect(text).toBe('~1.-1.')
    expect(decodeRecent(text, { revision: 4, timestamp: 5_000 })).toEqual({
      commands: [],
      dropped: { revision: 3, time: 6_000 },
      time: 6_000,
    })
  })
})

describe('forgetting', () => {
  const day = Array.from({ length: 10 }, (_, index) => commit(index + 1, index * minute, `c${index + 1}`))

  test('keeps what is younger than the period and the newest, and names the newest forgotten', () => {
    const of = (atLeast: number, periodMs: number) => remember(noCommands, day, { atLeast, periodMs })
    expect(of(0, 3 * minute)).toMatchObject({ dropped: { revision: 6, time: 6 * minute } })
    expect(of(0, 3 * minute).commands.map(({ revision }) => revision)).toEqual([10, 9, 8, 7])
    expect(of(6, 3 * minute).commands.map(({ revision }) => revision)).toEqual([10, 9, 8, 7, 6, 5])
    expect(of(0, 60 * minute)).toMatchObject({ dropped: undefined, time: 9 * minute })
  })

  test('goes by the latest time so far, not by a clock that went back', () => {
    const recent = remember(noCommands, [commit(1, 10 * minute, 'a'), commit(2, 1 * minute, 'b')], {
      atLeast: 0,
      periodMs: 5 * minute,
    })
    expect(recent.commands.map(({ time }) => time)).toEqual([10 * minute, 10 * minute])
    expect(recent.time).toBe(10 * minute)
  })

  test('drops the receipts of all but the newest 64', () => {
    const commits = Array.from({ length: 100 }, (_, index) => commit(index + 1, 0, `c${index}`))
    const withAll = commits.reduce((recent, each) => remember(recent, [each], keepAll), noCommands)
    expect(withAll.commands.map(({ receipt: kept }) => kept !== undefined)).toEqual(
      Array.from({ length: 100 }, (_, index) => index < 64),
    )
    expect(withAll).toEqual(remember(noCommands, commits, keepAll))
  })
})

describe('text of another form', () => {
  const place = { revision: 9, timestamp: 7_000 }
  const unknown = { revision: 9, time: 7_000 }

  test.for([
    ['', []],
    // Tailfold 0.1.0.
    ['abcdefgh1.', [8]],
    ['abcdefgh1.garbage', [8]],
    ['abcdefgh1.garbage~.', [8]],
    ['abcdefgh1.abcdefgh.~.', [8]],
    ['abcdefgh1.abcdefgh-1.~.', [8]],
    ['abcdefgh1.abcdefgh8.~.', [8]],
    ['abcdefghz.~.', []],
    ['abcdefgh1.~', [8]],
    ['abcdefgh1.~1', [8]],
    ['abcdefgh1.~1.x_.', [8]],
    ['abcdefgh1.~-1.1.', [8]],
    ['abcdefgh1.~z.1.', [8]],
  ] as const)(
    '%j is the ids up to the fault, and ids may be missing up to the record',
    ([text, revisions]) => {
      const { commands, dropped } = decodeRecent(text, place)
      expect(commands.map(({ revision }) => revision)).toEqual(revisions)
      expect(dropped).toEqual(unknown)
    },
  )

  test('never names a revision that cannot be', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[0-9a-z.~-]{0,60}$/), (text) => {
        const { commands, dropped, time } = decodeRecent(text, place)
        for (const { revision } of [...commands, ...(dropped ? [dropped] : [])]) {
          expect(revision).toBeLessThanOrEqual(9)
          expect(revision).toBeGreaterThanOrEqual(0)
        }
        expect(Number.isFinite(time)).toBe(true)
      }),
    )
  })
})

describe('two ids of one hash in one commit', () => {
  const both = commit(1, 0, ...twins)

  test('exist', () => {
    expect(commandHash(twins[0])).toBe(commandHash(twins[1]))
  })

  test('each get their own receipt', () => {
    const place = { revision: 1, timestamp: 0 }
    const decoded = decodeRecent(encodeRecent(remember(noCommands, [both], keepAll), place, 2), place)
    const full = { ...both, commitId: '', lastSequenceNr: 0, events: [], hash: '', bytes: 0 }
    const found = withReceipts(decoded, [full]).commands.map((command) => command.receipt?.commandId)
    expect(found).toEqual(twins.toReversed())
  })

  test('are both known after the older of them was dropped and read again', () => {
    const cut = remember(noCommands, [both], { atLeast: 1, periodMs: -1 })
    expect(cut).toMatchObject({ commands: [{ receipt: { commandId: twins[1] } }], dropped: { revision: 1 } })
    const again = rememberOlder(cut, [both], undefined)
    expect(names(again)).toEqual([names(cut)[0], names(cut)[0]])
    expect(again.dropped).toBeUndefined()
  })
})

describe('ids of older commits', () => {
  test('complete the list down to the floor, each once', () => {
    fc.assert(
      fc.property(histories, fc.nat({ max: 6 }), fc.nat({ max: 20 }), (commits, atLeast, from) => {
        const recent = remember(noCommands, commits, { atLeast, periodMs: 0 })
        fc.pre(recent.dropped !== undefined && from < recent.dropped.revision)
        const upTo = recent.dropped?.revision ?? 0
        const floor = from === 0 ? undefined : { revision: from, time: 0 }
        const older = commits.filter(({ revision }) => revision > from && revision <= upTo)
        const all = remember(
          noCommands,
          commits.filter(({ revision }) => revision > from),
          keepAll,
        )
        const complete = rememberOlder(recent, older, floor)
        expect(names(complete).toSorted()).toEqual(names(all).toSorted())
        expect(complete.dropped).toEqual(floor)
      }),
    )
  })
})

describe('fingerprint', () => {
  test('is 11 characters and differs for 50,000 similar texts', () => {
    const prints = Array.from({ length: 50_000 }, (_, n) => fingerprint(`command-${n}`))
    expect(new Set(prints).size).toBe(50_000)
    expect(prints.every((print) => /^[0-9a-z]{11}$/.test(print))).toBe(true)
  })
})
