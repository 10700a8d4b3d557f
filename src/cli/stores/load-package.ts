import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { MissingError } from '../command-line.ts'

/**
 * Loads a driver that Tailfold does not depend on: the one of the project in the working directory, else one installed beside
 * Tailfold. Throws {@link MissingError} with the line that installs it.
 */
export async function loadPackage<Module>(name: string): Promise<Module> {
  for (const from of [join(process.cwd(), 'package.json'), import.meta.url]) {
    const file = resolveFrom(from, name)
    if (file !== undefined) return (await import(pathToFileURL(file).href)) as Module
  }
  throw new MissingError(`The package ${name} is not installed: npm install ${name}`)
}

function resolveFrom(from: string, name: string): string | undefined {
  try {
    return createRequire(from).resolve(name)
  } catch {
    return undefined
  }
}
