import { cpSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inject } from 'vitest'
import { temporaryFolder } from '../../helpers/local-server.ts'
import { tools } from './install.ts'

/** A project that has installed the package and the tools, with the given files. */
export function project(files: Readonly<Record<string, string>>): ReturnType<typeof temporaryFolder> {
  const folder = temporaryFolder()
  const packages = join(folder.path, 'node_modules')
  mkdirSync(packages)
  for (const name of readdirSync(tools)) symlinkSync(join(tools, name), join(packages, name))
  cpSync(join(inject('packed').application, 'node_modules/tailfold'), join(packages, 'tailfold'), {
    recursive: true,
  })
  for (const [path, text] of Object.entries(files)) writeFileSync(join(folder.path, path), text)
  return folder
}
