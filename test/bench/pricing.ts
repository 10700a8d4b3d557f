import type { AttributeValue } from '@aws-sdk/client-dynamodb'

/** An item in the SDK's form. */
export type Item = Record<string, AttributeValue>

/** Writes are billed per started KB, reads per started 4 KB. Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html */
const writeUnitBytes = 1024
const readUnitBytes = 4096

/**
 * US dollars for a million request units, on demand, Standard table class, us-east-1, since 2024-11-01.
 *
 * Source: https://aws.amazon.com/dynamodb/pricing/on-demand/
 */
export const dollarsPerMillion = { readUnits: 0.125, writeUnits: 0.625, since: '2024-11-01' }

/** Units of writing an item of that size outside a transaction; 1 for an item that is not there. */
export function writeUnits(bytes: number): number {
  return Math.max(1, Math.ceil(bytes / writeUnitBytes))
}

/** Units of one read request of that many bytes in all; at least one, or half a one when eventually consistent. */
export function readUnits(bytes: number, consistent: boolean): number {
  return Math.max(1, Math.ceil(bytes / readUnitBytes)) * (consistent ? 1 : 0.5)
}

/**
 * Size of an item by AWS's rules.
 *
 * Source: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/CapacityUnitCalculations.html
 */
export function itemBytes(item: Item | undefined): number {
  if (item === undefined) return 0
  return Object.entries(item).reduce(
    (sum, [name, value]) => sum + Buffer.byteLength(name) + valueBytes(value),
    0,
  )
}

function valueBytes(value: AttributeValue): number {
  const { S, N, B, L, M } = value as {
    S?: string
    N?: string
    B?: Uint8Array
    L?: AttributeValue[]
    M?: Item
  }
  if (S !== undefined) return Buffer.byteLength(S)
  if (N !== undefined) return numberBytes(N)
  if (B !== undefined) return B.length
  if (L !== undefined) return 3 + L.reduce((sum, element) => sum + 1 + valueBytes(element), 0)
  if (M !== undefined) return 3 + Object.keys(M).length + itemBytes(M)
  return 1
}

function numberBytes(text: string): number {
  const digits = text.replace(/^-|\./g, '').replace(/^0+/, '').replace(/0+$/, '')
  return Math.ceil(digits.length / 2) + 1 + (text.startsWith('-') ? 1 : 0)
}
