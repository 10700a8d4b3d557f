import { mkdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { bundleBank } from '../bundle/bank-bundle.ts'
import { temporaryFolder } from '../../helpers/local-server.ts'
import type { DeployedFunction } from './environment.ts'

/** The bank function as it is deployed: the one bundled file, in a folder of its own. */
export interface Artefact extends Pick<DeployedFunction, 'taskRoot' | 'handler'> {
  remove(): void
}

/** Bundles `functions/bank/handler.ts` as the deployment does. */
export async function buildArtefact(): Promise<Artefact> {
  const { text } = await bundleBank()
  const folder = temporaryFolder()
  const file = join(folder.path, 'build/bank/handler.mjs')
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, text)
  return { taskRoot: folder.path, handler: 'build/bank/handler.handler', remove: folder.remove }
}
