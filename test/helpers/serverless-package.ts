import { execFile } from 'node:child_process'
import { cpSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import type { Template } from './cloudformation.ts'
import { root } from './doc-blocks.ts'
import { unzip } from './zip.ts'

/** What `npx serverless package` leaves behind. */
export interface ServerlessPackage {
  readonly templateFile: string
  readonly template: Template
  /** What it printed. */
  readonly log: string
  /** Files in the archive of each function, by its key in serverless.yml. */
  readonly archives: Readonly<Record<string, ReadonlyMap<string, Buffer>>>
}

/** The command of the Serverless Framework. */
export const serverless: string = join(root, 'node_modules/.bin/serverless')

/** Copies the service into a folder, where it may be packaged or served beside others. */
export function copyService(folder: string): void {
  // Without what was installed for an example by hand.
  const filter = (path: string) => !path.endsWith('/node_modules')
  for (const name of ['serverless.yml', 'infra', 'functions', 'package.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true, filter })
  }
  for (const name of ['src', 'node_modules']) symlinkSync(join(root, name), join(folder, name))
}

/**
 * Packages the service in a copy below `folder`, so that several tests may do so at once. Without credentials, and with
 * a proxy where nobody listens for everything that asks the network.
 */
export async function packageService(
  folder: string,
  { stage = 'dev' }: { readonly stage?: string } = {},
): Promise<ServerlessPackage> {
  copyService(folder)
  const nowhere = 'http://127.0.0.1:1'
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    HTTP_PROXY: nowhere,
    HTTPS_PROXY: nowhere,
    // The framework compiles its schema, which takes seconds, unless it finds it here.
    SLS_SCHEMA_CACHE_BASE_DIR: join(root, 'node_modules/.cache'),
  }
  const args = [serverless, 'package', '--stage', stage]
  const { stderr } = await promisify(execFile)(process.execPath, args, { cwd: folder, env })
  const templateFile = join(folder, '.serverless/cloudformation-template-update-stack.json')
  return {
    templateFile,
    log: stderr,
    template: JSON.parse(readFileSync(templateFile, 'utf8')) as Template,
    archives: Object.fromEntries(
      readdirSync(join(folder, '.serverless'))
        .filter((name) => name.endsWith('.zip'))
        .map((name) => [basename(name, '.zip'), unzip(readFileSync(join(folder, '.serverless', name)))]),
    ),
  }
}
