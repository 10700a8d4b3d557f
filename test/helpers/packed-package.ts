import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))

/** What git does not keep, or an archive cannot need. */
const notCloned = /\/(node_modules|dist|build|coverage|\.git|\.serverless|\.tailfold)(\/|$)/

/** An application that has installed what is published. */
export interface InstalledPackage {
  /** The folder of the application. */
  readonly application: string
  readonly tarball: string
  /** The files of the package. */
  readonly contents: readonly string[]
}

/** Packs a copy of the repository that was never built, as a fresh clone is, and installs it in an application. */
export async function installPackedPackage(folder: string): Promise<InstalledPackage> {
  const clone = join(folder, 'clone')
  const application = join(folder, 'application')
  mkdirSync(application)
  cpSync(root, clone, { recursive: true, filter: (path) => !notCloned.test(path.slice(root.length - 1)) })
  symlinkSync(join(root, 'node_modules'), join(clone, 'node_modules'))
  const { stdout } = await run('npm', ['pack', '--json'], { cwd: clone })
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: Array<{ path: string }> }]
  const tarball = join(clone, filename)

  writeFileSync(join(application, 'package.json'), '{"name":"application","private":true,"type":"module"}')
  const flags = ['--prefer-offline', '--no-audit', '--no-fund']
  await run('npm', ['install', ...flags, tarball], { cwd: application })
  return { application, tarball, contents: files.map(({ path }) => path) }
}
