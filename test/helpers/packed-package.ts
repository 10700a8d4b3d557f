import { execFile } from 'node:child_process'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const run = promisify(execFile)
const root = fileURLToPath(new URL('../..', import.meta.url))
const tsc = join(root, 'node_modules/typescript/bin/tsc')

/** An application that has installed what is published. */
export interface InstalledPackage {
  /** The folder of the application. */
  readonly application: string
  /** The files of the package. */
  readonly contents: readonly string[]
}

/** Builds and packs the package below a folder, so that no other build is in the way, and installs it in an application. */
export async function installPackedPackage(folder: string): Promise<InstalledPackage> {
  const packed = join(folder, 'packed')
  const application = join(folder, 'application')
  for (const path of [packed, application]) mkdirSync(path)
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    files: readonly string[]
  }
  // All of src, test and functions, of which only the command must be taken along.
  for (const file of ['src', 'test', 'functions', 'package.json', ...manifest.files]) {
    const filter = (source: string) => !source.includes('node_modules')
    if (file !== 'dist') cpSync(join(root, file), join(packed, file), { recursive: true, filter })
  }
  await run(process.execPath, [tsc, '-p', join(root, 'src'), '--outDir', join(packed, 'dist')])
  const { stdout } = await run('npm', ['pack', '--json'], { cwd: packed })
  const [{ filename, files }] = JSON.parse(stdout) as [{ filename: string; files: Array<{ path: string }> }]

  writeFileSync(join(application, 'package.json'), '{"name":"application","private":true,"type":"module"}')
  const flags = ['--prefer-offline', '--no-audit', '--no-fund']
  await run('npm', ['install', ...flags, join(packed, filename)], { cwd: application })
  return { application, contents: files.map(({ path }) => path) }
}
