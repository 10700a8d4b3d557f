import { type Consumer, consumer, createConsumers, type ParkedEntity } from '../../consumers/index.ts'
import { keyValueJournal } from '../../journal/key-value-journal.ts'
import type { RowStore } from '../../journal/row-store.ts'
import type { Store } from '../../journal/store.ts'
import type { SimulatedNetwork } from '../simulate/simulated-network.ts'
import { type SimulatedProcess, simulatedProcess } from '../simulate/simulated-process.ts'
import { remoteStore, storeOf } from '../simulate/simulated-store.ts'
import type { VirtualPlatform } from '../virtual-platform.ts'
import type { Deliverer } from './deliverer.ts'
import { type Code, entitiesOf } from './entities.ts'
import type { ConsumersPlan } from './plan.ts'
import { readModels } from './read-models/definitions.ts'
import { rowsOf } from './remote-rows.ts'
import type { Target } from './target.ts'

/** What processes that deliver are started with. */
export interface DelivererOptions {
  readonly plan: ConsumersPlan
  readonly platform: VirtualPlatform
  readonly network: SimulatedNetwork
  readonly store: Store
  readonly rows: RowStore
  readonly target: Target
  readonly onParked: (parked: ParkedEntity & { readonly consumer: string }) => void
  /** Called with the store's requests of each process that is not a healthy one. */
  readonly counted: (store: Store) => Store
}

/** The consumers of one version of the code, by their ids. The next version makes a read model beside the former one. */
export function consumerIds({ rebuild }: Pick<ConsumersPlan, 'rebuild'>, code: Code): readonly string[] {
  const former = ['stepping@1', 'steps@1', 'counts@1']
  return code === 1 ? former : [...former, 'steps@2', ...(rebuild?.of === 'counts' ? ['counts@2'] : [])]
}

/** Starts processes that deliver; a healthy one runs the next version of the code and has no network in between. */
export function startDeliverers(options: DelivererOptions): (code: Code | 'healthy') => Deliverer {
  const { plan, platform, network, store, rows, target, onParked, counted } = options
  let begun = 0

  function consumersOf(process: SimulatedProcess, code: Code): readonly Consumer[] {
    const { stepper, hauler } = entitiesOf(code)
    const { steps, counts } = readModels({ code, spread: plan.spread, guard: target.guard })
    const stepping = consumer({
      name: 'stepping',
      from: [stepper, hauler],
      handle: (_event, meta) => process.through(() => target.handle(process.platform, meta)),
    })
    const all = [stepping, steps(1), counts(1), steps(2), counts(2)]
    const ids = consumerIds(plan, code)
    return all.filter(({ id }) => ids.includes(id))
  }

  return (code) => {
    const isHealthy = code === 'healthy'
    const crashAtWait = begun++ === 0 ? plan.crashAtWait : undefined
    const process = simulatedProcess(platform, { clockOffsetMs: 0, crashAtWait })
    const reached: Store = isHealthy
      ? { ...store, ...(store.changes && { changes: store.changes.bind(store) }) }
      : storeOf(process, remoteStore(counted(store), network))
    const consumers = createConsumers({
      journal: keyValueJournal(reached),
      rows: isHealthy ? rows : rowsOf(rows, network, process),
      consumers: consumersOf(process, isHealthy ? 2 : code),
      platform: process.platform,
      onParked,
    })
    return { process, consumers }
  }
}
