import { readFileSync } from 'node:fs'
import type { PluginBuild } from 'esbuild'

/**
 * Replaces a piece of the files whose path `filter` matches. A file without it is bundled as it is: another version of
 * a dependency costs some speed then, and no bundle breaks. `replacement` may use `$&`.
 */
export function patch({ onLoad }: PluginBuild, filter: RegExp, piece: RegExp, replacement: string): void {
  onLoad({ filter }, ({ path }) => ({ contents: readFileSync(path, 'utf8').replace(piece, replacement) }))
}
