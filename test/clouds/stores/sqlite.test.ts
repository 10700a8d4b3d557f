import { sqliteFiles } from '../../helpers/sqlite-files.ts'
import { storeSuite } from '../suite/store-suite.ts'
import { openStore } from './sqlite-open.ts'

const { newFile } = sqliteFiles()
let shared: string | undefined
const file = () => (shared ??= newFile())

// The embedded store has tests of its own in test/stores/sqlite; this gives it a row beside the others.
storeSuite({
  row: 'SQLite',
  open: () => openStore(file()),
  openEmpty: () => openStore(newFile()),
  module: () => ({ url: import.meta.resolve('./sqlite-open.ts'), address: file() }),
  costs: { warm: [1, 0, 0], cold: [2, 0, 0], units: undefined },
})
