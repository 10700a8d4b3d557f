export type { LocalServer } from '../local-server/server-process.ts'
export { type AzuriteOptions, startAzurite } from './start.ts'
