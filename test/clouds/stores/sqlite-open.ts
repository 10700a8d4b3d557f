import { sqliteStore } from 'tailfold/sqlite'
import type { OpenAddress } from 'tailfold/testing'

/** Opens the file. */
export const openStore: OpenAddress<string> = async (file) => {
  const store = sqliteStore({ file })
  return { store, close: () => store.close() }
}
