import { execFile } from 'node:child_process'
import { cpSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from './doc-blocks.ts'
import { unzip } from './zip.ts'

/** A CloudFormation template as far as tests read it. */
export interface Template {
  readonly Resources: Readonly<Record<string, TemplateResource>>
}

/** One resource of a template. */
export interface TemplateResource {
  readonly Type: string
  readonly DeletionPolicy?: string
  readonly UpdateReplacePolicy?: string
  readonly Properties: Readonly<Record<string, unknown>>
}

/** What `npx serverless package` leaves behind. */
export interface ServerlessPackage {
  readonly templateFile: string
  readonly template: Template
  /** Files in the archive of the function `bank`. */
  readonly archive: ReadonlyMap<string, Buffer>
}

/**
 * Packages the service in a copy below `folder`, so that several tests may do so at once. Without credentials, and with
 * a proxy where nobody listens for everything that asks the network.
 */
export async function packageService(folder: string): Promise<ServerlessPackage> {
  for (const name of ['serverless.yml', 'infra', 'functions', 'package.json']) {
    cpSync(join(root, name), join(folder, name), { recursive: true })
  }
  for (const name of ['src', 'node_modules']) symlinkSync(join(root, name), join(folder, name))
  const nowhere = 'http://127.0.0.1:1'
  const env = { PATH: process.env['PATH'], HOME: folder, HTTP_PROXY: nowhere, HTTPS_PROXY: nowhere }
  const serverless = join(root, 'node_modules/.bin/serverless')
  await promisify(execFile)(process.execPath, [serverless, 'package'], { cwd: folder, env })
  const templateFile = join(folder, '.serverless/cloudformation-template-update-stack.json')
  return {
    templateFile,
    template: JSON.parse(readFileSync(templateFile, 'utf8')) as Template,
    archive: unzip(readFileSync(join(folder, '.serverless/bank.zip'))),
  }
}
