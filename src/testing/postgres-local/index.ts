export type { LocalServer } from '../local-server/server-process.ts'
export { type PostgresLocalOptions, startPostgresLocal } from './start.ts'
