import type { Plugin, PluginBuild } from 'esbuild'
import { patch } from './patch.ts'

/** Has a bundled SDK do the same with less at its start. */
export function leanSdk(): Plugin {
  return {
    name: 'tailfold-lean-sdk',
    setup(build) {
      importEventStreams(build)
      askForReaderFirst(build)
    },
  }
}

/**
 * The SDK imports its event streams when one is read. In a bundle of one file this makes esbuild wrap every module they
 * share with the rest, of which nothing is left out then; so they are imported like all else.
 */
function importEventStreams(build: PluginBuild): void {
  patch(
    build,
    /[\\/]@smithy[\\/]core[\\/].*[\\/]HttpProtocol\.js$/,
    /^([^]*)const (\{[\w\s,]*\}) = await import\((["']@smithy\/core\/event-streams["'])\);/,
    'import $2 from $3;$1',
  )
}

/** Node.js loads all of its web streams when `ReadableStream` is named, which needs no asking of what has no reader. */
function askForReaderFirst(build: PluginBuild): void {
  const filter = /[\\/]@smithy[\\/]core[\\/].*[\\/](stream-type-check|isStreamingPayload)\.js$/
  patch(
    build,
    filter,
    /typeof ReadableStream (?:=== "function"|!== "undefined") &&\s*\(?(stream|request\?\.body)\b/,
    'typeof $1?.getReader === "function" && $&',
  )
}
