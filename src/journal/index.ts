export type { CommitLogOptions } from './key-value-log.ts'
export { type CommitOrigin, KeyValueJournal } from './key-value-journal.ts'
export * from './store.ts'
