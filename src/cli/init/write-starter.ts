import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'

/** Texts by path below the folder, such as `{ 'functions/bank/account.ts': '…' }`. */
export type StarterFiles = ReadonlyMap<string, string>

/** Which files were written, which were left as they are, and which made that nothing was written. */
export interface WrittenStarter {
  readonly written: readonly string[]
  readonly kept: readonly string[]
  readonly inTheWay: readonly string[]
}

/** What a new repository has already, and a service works without. */
const mayExist: ReadonlySet<string> = new Set(['README.md', '.gitignore'])

/** Writes all files, or none when one exists that the service needs. Overwrites nothing. */
export function writeStarter(folder: string, files: StarterFiles): WrittenStarter {
  const existing = [...files.keys()].filter((path) => existsSync(join(folder, path)))
  const inTheWay = existing.filter((path) => !mayExist.has(path))
  if (inTheWay.length > 0) return { written: [], kept: [], inTheWay }
  const written = [...files].filter(([path]) => !existing.includes(path))
  for (const [path, text] of written) {
    const file = join(folder, path)
    mkdirSync(dirname(file), { recursive: true })
    // `wx` fails where a file has come up in between.
    writeFileSync(file, text, { flag: 'wx' })
  }
  return { written: written.map(([path]) => path), kept: existing, inTheWay }
}
