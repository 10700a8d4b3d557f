import { fillCounters, writeAtRate } from '../../helpers/rebuild-load.ts'
import { openPlace, type Place } from './stores.ts'

/** What the process is told. */
export interface WriterTask {
  readonly place: Place
  readonly entities: number
  readonly perSecond: number
}

/*
 * The process beside a rebuild: writes the counters, says so, and then sends commands at a rate until it is told to end.
 * Its last message is how many.
 */
process.once('message', ({ place, entities, perSecond }: WriterTask) => {
  const stop = new AbortController()
  process.once('message', () => stop.abort())
  void (async () => {
    const stores = await openPlace(place, { create: true })
    await fillCounters(stores, entities)
    process.send?.('filled')
    process.send?.(await writeAtRate(stores, { entities, perSecond, signal: stop.signal }))
    process.disconnect()
  })()
})
