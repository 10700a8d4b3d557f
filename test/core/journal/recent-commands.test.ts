import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fingerprint } from '../../../src/core/base/fingerprint.ts'
import {
  commandHash,
  decodeRecent,
  encodeRecent,
  recentCommandsKept,
  remember,
} from '../../../src/core/journal/recent-commands.ts'

function receipt(commandId: string) {
  return { commandId, fingerprint: '', firstEvent: 0, eventCount: 0, outcome: { kind: 'replied' as const } }
}

describe('recent commands', () => {
  test('read back from their stored form as hash and revision, newest first', () => {
    fc.assert(
      fc.property(fc.array(fc.array(fc.string(), { maxLength: 3 }), { maxLength: 20 }), (commits) => {
        let recent = remember([], { revision: 0, receipts: [] })
        commits.forEach((ids, index) => {
          recent = remember(recent, { revision: index + 1, receipts: ids.map(receipt) })
        })
        const decoded = decodeRecent(encodeRecent(recent, commits.length), commits.length)
        expect(decoded.map(({ hash, revision }) => [hash, revision])).toEqual(
          recent.map(({ hash, revision }) => [hash, revision]),
        )
        expect(recent.length).toBe(Math.min(recentCommandsKept, commits.flat().length))
      }),
    )
  })

  test('have the stored form that the format promises', () => {
    const recent = remember(remember([], { revision: 6, receipts: [receipt('a')] }), {
      revision: 7,
      receipts: [receipt('b')],
    })
    expect(encodeRecent(recent, 7)).toBe(`${commandHash('b')}0.${commandHash('a')}1.`)
    expect(encodeRecent(recent, 7)).toMatchInlineSnapshot(`"ny8f5zvf0.5grehsat1."`)
  })

  test('of text in no such form are the ids up to the fault', () => {
    expect(decodeRecent('abcdefgh1.garbage', 9)).toEqual([
      { hash: 'abcdefgh', revision: 8, receipt: undefined },
    ])
    expect(decodeRecent('', 9)).toEqual([])
  })
})

describe('fingerprint', () => {
  test('is 11 characters and differs for 50,000 similar texts', () => {
    const prints = Array.from({ length: 50_000 }, (_, n) => fingerprint(`command-${n}`))
    expect(new Set(prints).size).toBe(50_000)
    expect(prints.every((print) => /^[0-9a-z]{11}$/.test(print))).toBe(true)
  })
})
