import '../../node-version.ts'

export { type NodeListenerOptions, nodeListener } from './listener.ts'
export { type NodeServer, type NodeServerOptions, nodeServer } from './server.ts'
