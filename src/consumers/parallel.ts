/** Runs work for each item, at most `lanes` at once. Rejects with the first error, after all lanes have ended. */
export async function inParallel<Item>(
  items: readonly Item[],
  lanes: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values()
  const lane = async () => {
    for (const item of waiting) await work(item)
  }
  const ended = await Promise.allSettled(Array.from({ length: Math.min(lanes, items.length) }, lane))
  for (const result of ended) if (result.status === 'rejected') throw result.reason
}
