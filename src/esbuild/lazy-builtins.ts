import type { Plugin } from 'esbuild'

const namespace = 'tailfold-lazy-builtins'

/**
 * Takes `node:http`, `node:https` and `node:http2` from `process.getBuiltinModule`. An ES module that imports them makes
 * Node.js read every export, `WebSocket` among them, and with it load all of undici: about 20 ms of a cold start.
 * Calls of `require` have no such cost and stay as they are.
 */
export function lazyBuiltins(): Plugin {
  return {
    name: 'tailfold-lazy-builtins',
    setup({ onResolve, onLoad }) {
      onResolve({ filter: /^(node:)?(https?|http2)$/ }, ({ path, kind }) =>
        kind === 'require-call' || kind === 'require-resolve'
          ? undefined
          : { path: `node:${path.replace(/^node:/, '')}`, namespace },
      )
      onLoad({ filter: /./, namespace }, ({ path }) => ({
        contents: `module.exports=process.getBuiltinModule(${JSON.stringify(path)})`,
      }))
    },
  }
}
