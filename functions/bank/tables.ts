/** The table of the journal. */
export const tableName = variable('TAILFOLD_TABLE', 'journal')

/** The table of the rows and positions. */
export const rowsTableName = variable('TAILFOLD_ROWS_TABLE', 'rows')

function variable(name: string, what: string): string {
  const value = process.env[name]
  if (!value) throw new Error(`Set ${name} to the name of the ${what} table.`)
  return value
}
