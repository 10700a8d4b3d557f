/**
 * Throws `TypeError` for what is no name of a table.
 *
 * @param needs What needs it: `'dynamoDbScan needs'`.
 */
export function checkTableName(needs: string, tableName: unknown): void {
  if (typeof tableName === 'string' && tableName !== '') return
  throw new TypeError(`${needs} a tableName; is the environment variable that holds it set?`)
}
