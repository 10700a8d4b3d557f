import type { OpenedStore } from 'tailfold/testing'

/** Opens a connection; all of one function lead to the same database. */
export type OpenStore = () => Promise<OpenedStore>

/** Opens `count` connections for as long as `use` runs. */
export async function withStores<Answer>(
  open: OpenStore,
  count: number,
  use: (stores: readonly OpenedStore['store'][]) => Promise<Answer>,
): Promise<Answer> {
  const opened: OpenedStore[] = []
  try {
    while (opened.length < count) opened.push(await open())
    return await use(opened.map(({ store }) => store))
  } finally {
    for (const { close } of opened) await close?.()
  }
}

/** Calls `work` so many times, one after the other. */
export async function times(count: number, work: (index: number) => Promise<unknown>): Promise<void> {
  for (let index = 0; index < count; index++) await work(index)
}
