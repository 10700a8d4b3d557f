import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { ended } from '../../helpers/cli.ts'

const here = fileURLToPath(new URL('.', import.meta.url))

/** Where the tools are. */
export const tools: string = fileURLToPath(new URL('node_modules', import.meta.url))

/** Installs the tools of this folder's lockfile unless they are there. */
export async function setup(): Promise<void> {
  if (existsSync(tools)) return
  const { exitCode, stderr } = await ended('npm', ['ci', '--prefix', here], process.env)
  if (exitCode !== 0) throw new Error(`npm ci --prefix ${here} failed:\n${stderr}`)
}
