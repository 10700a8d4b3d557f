export type { LocalServer } from '../local-server/server-process.ts'
export { type SqldOptions, startSqld } from './start.ts'
