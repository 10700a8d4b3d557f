import { type Platform, sleep } from '../../core/base/platform.ts'
import type { Change } from '../../core/journal/journal.ts'
import { firstFailedPlace } from '../../consumers/index.ts'
import type { ConsumerFault } from './classes.ts'
import { deformBatch } from './deform-batch.ts'
import { type ConsumersPlan, strikes } from './plan.ts'
import type { Code } from './entities.ts'
import type { Deliverer } from './deliverer.ts'
import type { Rebuilding } from './read-models/rebuilding.ts'

/** How the reading of a feed ended. */
export interface ShardEnd {
  /** Whether a change was dropped for good: only a catch-up finds it. */
  readonly lossy: boolean
  /** Pairs of a delivered batch and an entity in it. */
  readonly entityBatches: number
  readonly crashed: boolean
  /** Batches that were delivered to their end, and all of them. */
  readonly ended: number
  readonly deliveries: number
  /** Whether the next version of the code stayed deployed since a rebuild of it began. */
  readonly isNextLive: boolean
}

/** What the reading of a feed needs. */
export interface ShardOptions {
  readonly plan: ConsumersPlan
  readonly changes: readonly Change[]
  readonly start: (code: Code) => Deliverer
  readonly platform: Platform
  readonly add: (fault: ConsumerFault) => void
  readonly rebuilding: Rebuilding
  /** Reads rows, while a batch is delivered. */
  readonly look: () => Promise<void>
}

/** A delivery that takes longer is given up, and its process ended, as a function is at its time-out. */
const timeoutMs = 3_000
const mostDeliveries = 200

/** Reads a feed as the event source of a function does: batch by batch, and again from the first place that failed. */
export async function runShard(options: ShardOptions): Promise<ShardEnd> {
  const { plan, changes, platform, add, rebuilding, look } = options
  let code: Code = 1
  const start = () => {
    if (code === 2) add('two-versions')
    return options.start(code)
  }
  let deliverer = start()
  const first = deliverer
  const struck = new Set<string>()
  const end = { lossy: false, entityBatches: 0, ended: 0, deliveries: 0, isNextLive: false }
  const redriven: (readonly Change[])[] = []
  const looks: Promise<void>[] = []

  const once = (number: number, fault: ConsumerFault) => {
    const name = `${number} ${fault}`
    if (!strikes(plan, number, fault) || struck.has(name)) return false
    struck.add(name)
    add(fault)
    return true
  }

  async function deliverOnce(batch: readonly Change[]): Promise<number | undefined | 'gone'> {
    end.deliveries += 1
    end.entityBatches += new Set(batch.map(({ key }) => key)).size
    if (end.deliveries % 2 === 1) platform.schedule(platform.random() * 20, () => void looks.push(look()))
    const { consumers } = deliverer
    const ended = consumers
      .deliver(batch, { deadline: platform.now() + timeoutMs - 500 })
      .then(firstFailedPlace)
    const place = await Promise.race([ended, sleep(platform, timeoutMs).then(() => 'gone' as const)])
    if (place !== 'gone') end.ended += 1
    return place
  }

  /** Deploys one version of the code. */
  function deploy(next: Code): void {
    code = next
    end.isNextLive &&= code === 2
    deliverer = start()
  }

  for (let from = 0, number = 0; end.deliveries < mostDeliveries; ) {
    if (from >= changes.length) {
      if (await rebuilding.moreComes()) continue
      break
    }
    const batch = changes.slice(from, from + plan.batchSize)
    number = Math.floor(from / plan.batchSize)
    if (rebuilding.beginAt(number)) {
      end.isNextLive = true
      deploy(2)
    }
    if (once(number, 'code-change')) deploy(code === 1 ? 2 : 1)
    if (once(number, 'rollback')) deploy(1)
    if (once(number, 'crash')) platform.schedule(5, deliverer.process.crash)
    if (once(number, 'freeze')) freeze(deliverer, platform)
    if (once(number, 'timeout-kill')) deliverer.process.freeze()
    if (once(number, 'dlq-redrive')) redriven.push(batch)
    if (once(number, 'feed-lost')) from = 0
    const zombie = once(number, 'zombie') || once(number, 'parallel-batches')
    const other = zombie ? start() : undefined
    const untouched = struck.has(`${number} deformed`)
    struck.add(`${number} deformed`)
    const deformed = untouched
      ? { batches: [batch], lossy: false }
      : deformBatch(plan, number, batch, changes.slice(0, from), add)
    end.lossy ||= deformed.lossy
    const others = other?.consumers.deliver(batch).catch(() => undefined)
    const places = await Promise.all(deformed.batches.map(deliverOnce))
    if (others !== undefined) await Promise.race([others, sleep(platform, timeoutMs)])
    if (places.includes('gone')) {
      deliverer.process.crash()
      deliverer = start()
      continue
    }
    const isWhole = deformed.batches.length === 1 && deformed.batches[0] === batch
    const failed = places.find((place) => place !== undefined)
    if (failed === undefined) from += batch.length
    else if (isWhole && typeof failed === 'number') from += failed
    if (failed !== undefined) await sleep(platform, 300)
  }
  for (const batch of redriven) await deliverOnce(batch)
  await Promise.all(looks)
  return { ...end, crashed: first.process.crashed() }
}

function freeze({ process }: Deliverer, platform: Platform): void {
  process.freeze()
  platform.schedule(1_000, process.thaw)
}
