export type { CommitLogOptions } from './commit-log.ts'
export { type CommitOrigin, KeyValueJournal } from './key-value-journal.ts'
export * from './store.ts'
