// Opens the file named in its arguments, and is killed as it commits the migration.
import { sqliteStore } from 'tailfold/sqlite'
import { interceptRuns } from './sqlite-statements.ts'

interceptRuns((sql, proceed) => {
  if (sql === 'COMMIT') process.kill(process.pid, 'SIGKILL')
  return proceed()
})
sqliteStore({ file: process.argv[2] ?? '' })
