import { resolve } from 'node:path'
import { parsed, UsageError } from './command-line.ts'
import { starterFiles } from './init/starter-files.ts'
import { serviceName } from './init/service-name.ts'
import { writeStarter } from './init/write-starter.ts'
import type { Terminal } from './terminal.ts'

/** What `npx tailfold init --help` prints. */
export const usage: string = `Usage: npx tailfold init [folder]

Writes a service into a new or empty folder (default: the current one): an entity with its test, a local server on SQLite,
a Lambda handler, and descriptions of its deployment for the Serverless Framework and SAM. Overwrites nothing; asks nothing.

  --help

Exit codes: 0 written, 1 not written because a file is in the way, 2 not understood.
`

const seeHelp = 'See npx tailfold init --help.'

/** Reads what follows `tailfold init`: the folder. Throws {@link UsageError}. */
export function readInitArguments(args: readonly string[]): string {
  const { positionals } = parsed(args, {}, seeHelp)
  const [folder = '.', ...rest] = positionals
  if (folder === '' || rest.length > 0) {
    throw new UsageError(`init takes one folder, not ${JSON.stringify(rest[0] ?? folder)}. ${seeHelp}`)
  }
  return folder
}

/** Runs `tailfold init`. Resolves with the exit code; throws {@link UsageError} and errors of the file system. */
export async function run(args: readonly string[], { print }: Terminal): Promise<0 | 1> {
  const folder = readInitArguments(args)
  const path = resolve(folder)
  const name = serviceName(path)
  const { inTheWay, written, kept } = writeStarter(path, starterFiles(name))
  if (inTheWay.length > 0) {
    print(`Nothing was written, because of ${inTheWay.join(', ')} in ${path}.\n`)
    print('Name a new folder instead, such as: npx tailfold init my-service\n')
    return 1
  }
  const lines = [
    `Wrote ${written.length} files of the service ${name} to ${path}.`,
    ...kept.map((file) => `Kept ${file} as it is.`),
    '',
    'Next, with Node.js 22.18 or newer:',
    folder === '.' ? '  npm install' : `  cd ${quotedForShell(folder)} && npm install`,
    '  npm test',
    '  npm start            # README.md goes on: npm run package makes the Lambda',
  ]
  print(`${lines.join('\n')}\n`)
  return 0
}

function quotedForShell(folder: string): string {
  return /^[\w./-]+$/.test(folder) ? folder : `'${folder.replaceAll("'", String.raw`'\''`)}'`
}
