import { lstatSync, mkdirSync, statSync, writeFileSync } from 'node:fs'
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
  const noFolder = foldersOf([...files.keys()]).find((path) => isThere(join(folder, path), 'no folder'))
  if (noFolder !== undefined) return { written: [], kept: [], inTheWay: [noFolder] }
  const existing = [...files.keys()].filter((path) => isThere(join(folder, path)))
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

/** Whether a name is taken, by a link that leads nowhere as well; `'no folder'`: by anything that files cannot be put in. */
function isThere(path: string, what?: 'no folder'): boolean {
  const look = { throwIfNoEntry: false } as const
  if (lstatSync(path, look) === undefined) return false
  return what === undefined || statSync(path, look)?.isDirectory() !== true
}

/** `functions` and `functions/bank` of `functions/bank/account.ts`, each once and after those it is in. */
function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = paths.flatMap((path) => {
    const names = path.split('/').slice(0, -1)
    return names.map((_, index) => names.slice(0, index + 1).join('/'))
  })
  return [...new Set(folders)]
}
