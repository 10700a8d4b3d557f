import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './doc-blocks.ts'

/** The text of files of the DynamoDB store. */
export function sourceOf(...files: readonly string[]): string {
  return files.map((file) => readFileSync(join(root, 'src/stores/dynamodb', file), 'utf8')).join('')
}

/** The commands that some source sends, as `PutItem`; those of the document client under their names in DynamoDB. */
export function sentBy(source: string): readonly string[] {
  const names = [...source.matchAll(/new (\w+)Command\(/g)].map(
    ([, name = '']) => documentNames[name] ?? name,
  )
  return [...new Set(names)]
}

const documentNames: Readonly<Record<string, string>> = {
  BatchGet: 'BatchGetItem',
  BatchWrite: 'BatchWriteItem',
  Put: 'PutItem',
  TransactWrite: 'TransactWriteItems',
}

/** The permissions that commands need, where the writes of a transaction are all Puts. */
export function actionsOf(commands: readonly string[]): readonly string[] {
  return commands.map((name) => `dynamodb:${name === 'TransactWriteItems' ? 'PutItem' : name}`)
}
