import type { DatabaseSync } from 'node:sqlite'
import { sqliteFailure, unusableFile } from './failures.ts'
import { rollBack } from './transaction.ts'

/** Writes that wait together share one transaction, and so one wait for the disk. */
export interface GroupCommit {
  /**
   * Runs a write in the next transaction and resolves with its answer once that is committed. A failed write rejects
   * alone; a failed commit rejects all writes of its transaction.
   */
  write<Answer>(write: Write<Answer>): Promise<Answer>
  /** Commits now what waits. */
  flush(): void
}

/** Statements that are applied together or not at all. */
export interface Write<Answer> {
  /** Completes "The store could not ...". */
  readonly operation: string
  /** True when one statement at most writes: SQLite makes that a transaction by itself. */
  readonly single: boolean
  /** Runs the statements; synchronous. */
  readonly run: () => Answer
}

interface Waiting {
  readonly operation: string
  readonly single: boolean
  readonly run: () => unknown
  readonly resolve: (answer: unknown) => void
  readonly reject: (error: unknown) => void
}

/** Tells the caller of a write how it ended. */
type Settle = () => void

/** How long a group waits for more writes: this share of the time that the last one took, and at most so many milliseconds. */
const patience = 0.5
const longestWaitMs = 2

/** Most writes in one transaction: until it is committed, this process and all other writers wait. */
const largestGroup = 256

/**
 * Starts group commit on a database. The first write schedules its group for the end of this turn of the event loop
 * (`setImmediate`): by then every request that has arrived has joined. While many write at once it waits some turns more,
 * for those that the last group answered. BEGIN to COMMIT is one synchronous stretch, so no read of this process sees what
 * is not committed.
 *
 * @param beforeGroup Called before each group; when it throws, the group fails and nothing is written.
 */
export function groupCommit(database: DatabaseSync, file: string, beforeGroup: () => void): GroupCommit {
  const begin = database.prepare('BEGIN IMMEDIATE')
  const commit = database.prepare('COMMIT')
  const savepoint = database.prepare('SAVEPOINT one_write')
  const undo = database.prepare('ROLLBACK TO one_write')
  const release = database.prepare('RELEASE one_write')
  const waiting: Waiting[] = []
  /** A failed transaction could not be ended. Later writes would join it and never be committed. */
  let stuck = false
  /** The last group, and the milliseconds that its transaction took. */
  let last = { writes: 0, ms: 0 }

  /** Waits a moment for as many writes as the last group had: their callers were just answered, and most write again. */
  function gather(since: number): void {
    const waitMs = Math.min(last.ms * patience, longestWaitMs)
    if (waiting.length >= last.writes || performance.now() - since >= waitMs) commitNext()
    else setImmediate(gather, since)
  }

  function commitNext(): void {
    const group = waiting.splice(0, largestGroup)
    if (group.length === 0) return
    const startedAt = performance.now()
    const settles = outcomes(group)
    const endedAt = performance.now()
    last = { writes: group.length, ms: endedAt - startedAt }
    if (waiting.length > 0) setImmediate(gather, endedAt)
    for (const settle of settles) settle()
  }

  function outcomes(group: readonly Waiting[]): readonly Settle[] {
    try {
      if (stuck) throw unusableFile(file, 'has a transaction that cannot be ended; restart this process')
      beforeGroup()
      const [first] = group
      return group.length === 1 && first?.single === true ? [alone(first)] : together(group)
    } catch (error) {
      return group.map(
        ({ operation, reject }) =>
          () =>
            reject(sqliteFailure(operation, file, error)),
      )
    }
  }

  function alone({ run, resolve }: Waiting): Settle {
    const answer = run()
    return () => resolve(answer)
  }

  /**
   * Runs a group as one transaction. Single statements have no savepoint at first. One that fails may leave a part of what
   * it wrote (SQLite undoes that only for some errors); so all of the group is undone and runs again with savepoints.
   */
  function together(group: readonly Waiting[], guardAll = false): readonly Settle[] {
    let unguarded = false
    begin.run()
    try {
      const settles = group.map((write) => {
        unguarded = write.single && !guardAll
        return unguarded ? alone(write) : inSavepoint(write)
      })
      unguarded = false
      commit.run()
      return settles
    } catch (error) {
      stuck = !isRolledBack()
      if (stuck || !unguarded) throw error
    }
    return together(group, true)
  }

  function isRolledBack(): boolean {
    try {
      rollBack(database)
      return true
    } catch {
      return false
    }
  }

  function inSavepoint(write: Waiting): Settle {
    savepoint.run()
    try {
      const settle = alone(write)
      release.run()
      return settle
    } catch (error) {
      undoOne(error)
      return () => write.reject(sqliteFailure(write.operation, file, error, { rolledBack: true }))
    }
  }

  /** Throws the error of the write where that ended the whole transaction. */
  function undoOne(error: unknown): void {
    try {
      undo.run()
      release.run()
    } catch {
      throw error
    }
  }

  return {
    write: ({ operation, single, run }) =>
      new Promise((resolve, reject) => {
        if (waiting.length === 0) setImmediate(gather, performance.now())
        waiting.push({ operation, single, run, resolve: resolve as (answer: unknown) => void, reject })
      }),
    flush() {
      while (waiting.length > 0) commitNext()
    },
  }
}
