import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ownFiles, type PackageManifest } from './own-files.ts'
import type { StarterFiles } from './write-starter.ts'

/** The folder of the package. */
const root = fileURLToPath(new URL('../../..', import.meta.url))

/** Name of the example service, which every starter replaces by its own. */
const exampleName = 'tailfold-bank'

/** Folders of the example, and what of them belongs to this repository alone. */
const copiedFolders = ['functions/bank', 'infra'] as const
const notCopied: ReadonlySet<string> = new Set(['recovery-demo.ts', 'local-dynamodb.cjs', 'examples'])

/** What the files of the example say for this repository, and what a starter says in its place. */
export const edits: ReadonlyArray<readonly [from: string, to: string]> = [
  ["'../src/esbuild/index.ts'", "'tailfold/esbuild'"],
  [
    "// In an application: 'tailfold/esbuild'. Its source needs no build first; Node.js strips the types.\n",
    '',
  ],
  ["lambdaBundle({ conditions: ['tailfold-source'] })", 'lambdaBundle()'],
  ['  - ./infra/local-dynamodb.cjs\n  - serverless-offline\n', ''],
  [
    '  serverless-offline:\n    httpPort: ${env:PORT, 3000}\n    # For its own use; 0 is any free one.\n    lambdaPort: 0\n    noSponsor: true\n',
    '',
  ],
  [' test/infra/table.test.ts holds it against tableDefinition() of tailfold/dynamodb.', ''],
  [
    ' test/infra/table.test.ts holds the table against rowsTableDefinition() of\n# tailfold/dynamodb/rows.',
    '',
  ],
  [' test/infra/serverless.test.ts\n# holds the two together.', ''],
]

/** The example service under another name: the bank account with its test, handler, local server and deployment. */
export function starterFiles(name: string): StarterFiles {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as PackageManifest
  const copied = ['serverless.yml', ...copiedFolders.flatMap(filesIn)].map(
    (path) => [path, edited(readFileSync(join(root, path), 'utf8'), name)] as const,
  )
  return new Map([...ownFiles(name, manifest), ...copied])
}

function filesIn(folder: string): readonly string[] {
  return readdirSync(join(root, folder))
    .filter((file) => !notCopied.has(file))
    .map((file) => `${folder}/${file}`)
}

function edited(text: string, name: string): string {
  return edits
    .reduce((before, [from, to]) => before.replace(from, to), text)
    .replaceAll(exampleName, name)
    .replaceAll(/\bdocs\/(\w+\.md)/g, 'node_modules/tailfold/docs/$1')
}
