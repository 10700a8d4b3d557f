import type { RowStore } from '../../journal/row-store.ts'
import type { Store } from '../../journal/store.ts'

/** A store that a command has opened, and has to close. */
export interface OpenedStore {
  readonly store: Store
  close(): void | Promise<void>
}

/** A row store that a command has opened, and has to close. */
export interface OpenedRows {
  readonly rows: RowStore
  close(): void | Promise<void>
}

/** A command line of `tailfold store` that was understood, without its url. */
export interface StoreRequest {
  readonly action: 'create' | 'describe' | 'wait'
  /** What consumers and views keep, not the journal. */
  readonly rows: boolean
  /** How long `wait` waits. */
  readonly timeoutSeconds: number
  readonly json: boolean
}

/** One kind of database that a store url names, and what commands do with it. A file for each. */
export interface Database<Url> {
  /** How its urls look, for messages: `sqlite:<path>`. */
  readonly shape: string
  /** Lines of `--help`. */
  readonly help: readonly string[]
  /** Reads a url that begins with its name; `undefined` where it is not understood. May throw `UsageError`. */
  parse(url: string): Url | undefined
  /** Opens a journal that is there already: nothing is created. Drivers are loaded only here. */
  open(url: Url, env: NodeJS.ProcessEnv): Promise<OpenedStore>
  /** As {@link Database.open}, with the change feed of a database whose store has none of its own. */
  openFollowed?(url: Url, env: NodeJS.ProcessEnv, fromBeginning: boolean): Promise<OpenedStore>
  /** As {@link Database.open}, with a feed of all commits where the store lists neither its keys nor its commits. */
  openScanned?(url: Url, env: NodeJS.ProcessEnv): Promise<OpenedStore>
  /** Opens what consumers keep beside the journal. */
  openRows(url: Url, env: NodeJS.ProcessEnv): Promise<OpenedRows>
  /** Carries out `tailfold store`. Throws where the database is not fit for a journal afterwards. */
  administer(
    url: Url,
    request: StoreRequest,
    env: NodeJS.ProcessEnv,
    print: (text: string) => void,
  ): Promise<void>
}
