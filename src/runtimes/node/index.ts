import '../../node-version.ts'

export { nodeListener } from './listener.ts'
export { type NodeServer, type NodeServerOptions, nodeServer } from './server.ts'
