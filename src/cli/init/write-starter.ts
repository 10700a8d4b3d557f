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
  const noFolder = foldersOf([...files.keys()]).find(
    (path) => isTaken(join(folder, path)) && !isFolder(join(folder, path)),
  )
  if (noFolder !== undefined) return { written: [], kept: [], inTheWay: [noFolder] }
  const existing = [...files.keys()].filter((path) => isTaken(join(folder, path)))
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

const look = { throwIfNoEntry: false } as const

/** Whether a name is taken, also by a link that leads nowhere. */
const isTaken = (path: string) => lstatSync(path, look) !== undefined

/** Whether files can be put in, also through a link. */
const isFolder = (path: string) => statSync(path, look)?.isDirectory() === true

/** `functions` and `functions/bank` of `functions/bank/account.ts`, each once and after those it is in. */
function foldersOf(paths: readonly string[]): readonly string[] {
  const folders = paths.flatMap((path) => {
    const names = path.split('/').slice(0, -1)
    return names.map((_, index) => names.slice(0, index + 1).join('/'))
  })
  return [...new Set(folders)]
}
