import { execFile } from 'node:child_process'
import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { type DocBlock, root } from './doc-blocks.ts'
import { temporaryFolder } from './local-server.ts'

const run = promisify(execFile)

/** `ts` blocks as files, in a folder for each document, where packages are found as in an application. */
export interface DocPrograms {
  readonly path: string
  fileOf(block: DocBlock): string
  /** The lines that the program prints. Rejects when it fails. */
  linesOf(block: DocBlock): Promise<readonly string[]>
  remove(): void
}

/**
 * Writes the blocks into a folder of their own. One that begins with `// transfer.ts` has that name, so that later blocks of its
 * document import it. A document without an `account.ts` has that of functions/bank.
 */
export function docPrograms(blocks: readonly DocBlock[]): DocPrograms {
  const folder = temporaryFolder()
  const folderOf = (document: string) => join(folder.path, document.replaceAll(/\W/g, '-'))
  const fileOf = ({ file, line, text }: DocBlock) =>
    join(folderOf(file), /^\/\/ (\S+\.ts)\n/.exec(text)?.[1] ?? `line-${line}.ts`)
  const packages = join(folder.path, 'node_modules')
  mkdirSync(packages)
  for (const name of readdirSync(join(root, 'node_modules'))) {
    symlinkSync(join(root, 'node_modules', name), join(packages, name))
  }
  symlinkSync(root, join(packages, 'tailfold'))
  writeLibsqlClient(join(packages, '@libsql/client'))
  writeFileSync(join(folder.path, 'package.json'), '{"type":"module"}')
  const tsconfig = { extends: join(root, 'tsconfig.json'), include: ['*/*.ts'], exclude: ['node_modules'] }
  writeFileSync(join(folder.path, 'tsconfig.json'), JSON.stringify(tsconfig))
  for (const block of blocks) {
    const directory = dirname(fileOf(block))
    if (!existsSync(directory)) {
      mkdirSync(directory)
      copyFileSync(join(root, 'functions/bank/account.ts'), join(directory, 'account.ts'))
    }
    writeFileSync(fileOf(block), block.text)
  }
  return {
    path: folder.path,
    fileOf,
    async linesOf(block) {
      const program = fileOf(block)
      // What it writes is written there.
      const cwd = dirname(program)
      const { stdout } = await run(process.execPath, ['--conditions=tailfold-source', program], { cwd })
      return stdout.split('\n').slice(0, -1)
    },
    remove: () => folder.remove(),
  }
}

/** A package in the place of `@libsql/client`, which only test/clouds installs: with its types, over a database in memory. */
function writeLibsqlClient(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const helper = JSON.stringify(join(root, 'test/helpers/libsql-client.ts'))
  const files = {
    'package.json':
      '{"name":"@libsql/client","type":"module","exports":{"types":"./index.d.ts","default":"./index.js"}}',
    'index.js': `import { sqliteLibsqlClient } from ${helper}\nexport const createClient = () => sqliteLibsqlClient(':memory:')`,
    'index.d.ts': `import type { sqliteLibsqlClient } from ${helper}
export declare function createClient(config: { url: string; authToken?: string }): ReturnType<typeof sqliteLibsqlClient>`,
  }
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
}

/** True for a program that starts a DynamoDB Local, and so needs Java. */
export function needsJava({ text }: DocBlock): boolean {
  return text.includes("'tailfold/testing/dynamodb-local'")
}
