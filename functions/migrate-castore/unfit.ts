/** An aggregate cannot be migrated as it is. The message says what is wrong with which version. */
export class Unfit extends Error {
  override readonly name = 'Unfit'
}
