import type { TestProject } from 'vitest/node'
import { temporaryFolder } from './local-server.ts'
import { type InstalledPackage, installPackedPackage } from './packed-package.ts'

declare module 'vitest' {
  interface ProvidedContext {
    packed: InstalledPackage
  }
}

/** Packs and installs the package once for all tests of it. */
export async function setup(project: TestProject): Promise<() => void> {
  const folder = temporaryFolder()
  project.provide('packed', await installPackedPackage(folder.path))
  return () => folder.remove()
}
