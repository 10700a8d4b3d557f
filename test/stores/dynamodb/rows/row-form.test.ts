import { describe, expect, test } from 'vitest'
import type { StoredRow } from '../../../../src/journal/row-store.ts'
import { itemBytes, rowItem, rowOf } from '../../../../src/stores/dynamodb/rows/row-form.ts'
import golden from '../../../golden/dynamodb-rows.json' with { type: 'json' }

/** JSON has no `undefined`. */
const rowIn = ({ row }: (typeof golden)[number]) => {
  const indexes = 'indexes' in row ? row.indexes?.map((entry) => entry ?? undefined) : undefined
  return { ...row, ...(indexes && { indexes }) } as StoredRow
}

describe('the item of a row', () => {
  test.each(golden)('$what is written as in the golden file', (each) => {
    expect(rowItem(rowIn(each))).toEqual(each.item)
  })

  test.each(golden)('$what in the golden file is read', (each) => {
    expect(rowOf(each.item)).toEqual(rowIn(each))
  })

  test('of a newer layout is refused, and says what to do', () => {
    expect(() => rowOf({ pk: 'w/orders@2/o2', sk: '-', v: 2, r: 1 })).toThrow(
      'The store could not read a row: row w/orders@2/o2 has layout 2, written by a newer Tailfold: upgrade this one.',
    )
  })

  test.each([
    [{ a: '' }, 1],
    [{ a: 'ä' }, 3],
    [{ a: true, b: null }, 4],
    [{ a: [] }, 4],
    [{ a: {} }, 4],
    [{ a: [true, true] }, 8],
    [{ a: { b: 'cd' } }, 8],
  ])('%j has %i bytes', (item, bytes) => {
    expect(itemBytes(item)).toBe(bytes)
  })
})
