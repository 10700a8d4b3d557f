import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { Unfit } from './unfit.ts'

/**
 * The JSON value of an attribute. Throws {@link Unfit}, naming the path, on what JSON cannot hold: sets, binary data, and whole numbers
 * that a JavaScript number cannot hold exactly.
 */
export function plainValue(value: AttributeValue, path: string): unknown {
  if (value.S !== undefined) return value.S
  if (value.BOOL !== undefined) return value.BOOL
  if (value.NULL !== undefined) return null
  if (value.N !== undefined) return numberOf(value.N, path)
  if (value.L !== undefined) return value.L.map((part, index) => plainValue(part, `${path}[${index}]`))
  if (value.M !== undefined) {
    const fields = Object.entries(value.M)
    return Object.fromEntries(fields.map(([name, part]) => [name, plainValue(part, `${path}.${name}`)]))
  }
  throw new Unfit(`${path} is of DynamoDB's type ${Object.keys(value)[0]}, which JSON cannot hold`)
}

function numberOf(text: string, path: string): number {
  const number = Number(text)
  if (!Number.isInteger(number) || Number.isSafeInteger(number)) return number
  throw new Unfit(`${path} is ${text}, too large to be exact as a number; JSON cannot hold it otherwise`)
}
