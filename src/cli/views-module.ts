import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { ReadableView } from '../views/read-views.ts'
import { UsageError } from './command-line.ts'

/**
 * The view or projection that a name means, `orders` or `orders@2`, among what a module exports. Throws {@link UsageError}
 * where the module cannot be loaded or has no such view, or several versions of it and none was named.
 */
export async function viewOfModule(file: string, named: string): Promise<ReadableView> {
  const views = await viewsIn(file)
  const found = views.filter(({ id, name }) => id === named || name === named)
  const [view, ...others] = found
  if (view === undefined) {
    const known = views.map(({ id }) => id).join(', ')
    throw new UsageError(
      `${file} exports no view ${named}: ${known === '' ? 'it has none' : `there are ${known}`}.`,
    )
  }
  if (others.length > 0)
    throw new UsageError(`Which version? ${file} exports ${found.map(({ id }) => id).join(' and ')}.`)
  return view
}

async function viewsIn(file: string): Promise<readonly ReadableView[]> {
  if (!existsSync(file)) throw new UsageError(`There is no file ${file}.`)
  let exported: unknown
  try {
    exported = await import(pathToFileURL(resolve(file)).href)
  } catch (error) {
    throw new UsageError(
      `${file} cannot be loaded: ${error instanceof Error ? error.message : String(error)}`,
    )
  }
  const values = Object.values(exported as object).flat() as readonly unknown[]
  return [...new Set(values)].filter(isReadable)
}

function isReadable(value: unknown): value is ReadableView {
  if (typeof value !== 'object' || value === null) return false
  const { id, entityTypes, indexes } = value as Partial<ReadableView>
  return typeof id === 'string' && entityTypes instanceof Set && Array.isArray(indexes)
}
