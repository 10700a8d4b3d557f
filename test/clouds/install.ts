import { existsSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { ended } from '../helpers/cli.ts'

const here = fileURLToPath(new URL('.', import.meta.url))
const tailfold = join(here, 'node_modules/tailfold')

/** Installs the packages of this folder unless those of the lockfile are there. Throws what npm says. */
export async function install(): Promise<void> {
  if (!isInstalled()) {
    console.log('Installing the packages of test/clouds ...')
    const { exitCode, stderr } = await ended('npm', ['ci', '--loglevel=error', '--prefix', here], process.env)
    if (exitCode !== 0) throw new Error(`npm ci --prefix ${here} failed:\n${stderr}`)
  }
  // By its own name a package finds itself only above this folder, which has a package.json of its own.
  if (!existsSync(tailfold)) symlinkSync('../../..', tailfold)
}

/** npm keeps a copy of the lockfile that it installed from, without what is of other platforms. */
function isInstalled(): boolean {
  const copy = join(here, 'node_modules/.package-lock.json')
  if (!existsSync(copy)) return false
  const [installed, locked] = [packagesIn(copy), packagesIn(join(here, 'package-lock.json'))]
  return (
    Object.entries(installed).every(([name, { version }]) => locked[name]?.version === version) &&
    Object.entries(locked).every(([name, { optional }]) => name === '' || optional || name in installed)
  )
}

function packagesIn(lockfile: string): Readonly<Record<string, { version?: string; optional?: boolean }>> {
  return (JSON.parse(readFileSync(lockfile, 'utf8')) as { packages: ReturnType<typeof packagesIn> }).packages
}
