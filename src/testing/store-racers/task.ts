import type { OpenedStore } from '../store-conformance/suite.ts'

/** How a process of its own opens the store: a module that exports `openStore`, and what it is called with. */
export interface StoreModule<Address = unknown> {
  /** `import.meta.resolve('./my-store-open.ts')`; it exports {@link OpenAddress} as `openStore`. */
  readonly url: string
  /** Anything that JSON holds, such as a connection string. */
  readonly address: Address
}

/** What a module of a {@link StoreModule} exports as `openStore`. */
export type OpenAddress<Address> = (address: Address) => Promise<OpenedStore>

/** What a writer process does, as its argument. */
export interface RacerTask extends StoreModule {
  readonly key: string
  readonly name: string
  /** Ends after so many appends of its own. Without it, it writes until it is killed. */
  readonly wins?: number
}
