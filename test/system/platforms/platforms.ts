import { fileURLToPath } from 'node:url'

/** A runtime that the package promises to work on, or to refuse in one line. */
export interface Platform {
  /** As in the table. */
  readonly name: string
  /** What `--version` prints begins with it. */
  readonly version: string
  readonly command: string
  /** Arguments before the program. */
  readonly args: readonly string[]
  /** The one line with which the package refuses it. Default: it works. */
  readonly refusedWith?: string
}

const installed = (path: string) => fileURLToPath(new URL(`./node_modules/${path}`, import.meta.url))

/** One that `package.json` of this folder installs. */
function node(name: string, version: string, refusedWith?: string): Platform {
  return {
    name: `Node.js ${version}`,
    version: `v${version}`,
    command: installed(`${name}/bin/node`),
    args: ['--no-warnings'],
    ...(refusedWith !== undefined && { refusedWith }),
  }
}

/** The oldest and the newest of each promised line of Node.js, the newest of the others. */
export const platforms: readonly Platform[] = [
  node('node-22-oldest', '22.13.0'),
  node('node-22-newest', '22.23.3'),
  node('node-24-oldest', '24.0.0'),
  // The one that this repository is developed on.
  {
    name: `Node.js ${process.versions.node}`,
    version: process.version,
    command: process.execPath,
    args: [],
  },
  node('node-26-oldest', '26.0.0'),
  node('node-26-newest', '26.10.0'),
  {
    name: 'Deno 2.9.6',
    version: 'deno 2.9.6',
    command: installed('@deno/linux-x64-glibc/deno'),
    args: ['run', '--allow-all', '--quiet'],
  },
  { name: 'Bun 1.4.5', version: '1.4.5', command: installed('@oven/bun-linux-x64/bin/bun'), args: ['run'] },
  node('node-18', '18.20.8', 'Tailfold needs Node.js 22.13 or newer; this is v18.20.8.'),
  node('node-20', '20.19.0', 'Tailfold needs Node.js 22.13 or newer; this is v20.19.0.'),
]
