import { type Platform, sleep } from '../../core/base/platform.ts'
import type { Change } from '../../core/journal/journal.ts'
import { batchStrikes } from './batch-strikes.ts'
import type { ConsumerFault } from './classes.ts'
import { deformBatch } from './deform-batch.ts'
import type { Deliverer } from './deliverer.ts'
import { deliverInTime, type Deployment, startDeployment, timeoutMs } from './deployment.ts'
import type { Code } from './entities.ts'
import type { ConsumersPlan } from './plan.ts'
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

const mostDeliveries = 200

/** Reads a feed as the event source of a function does: batch by batch, and again from the first place that failed. */
export async function runShard(options: ShardOptions): Promise<ShardEnd> {
  const { plan, changes, platform, add, rebuilding, look } = options
  const deployment = startDeployment(options.start, (code) => void (code === 2 && add('two-versions')))
  const first = deployment.deliverer()
  const faults = batchStrikes(plan, add)
  const end = { lossy: false, entityBatches: 0, ended: 0, deliveries: 0, isNextLive: false }
  const redriven: (readonly Change[])[] = []
  const looks: Promise<void>[] = []

  async function deliverOnce(batch: readonly Change[]): Promise<number | undefined | 'gone'> {
    end.deliveries += 1
    end.entityBatches += new Set(batch.map(({ key }) => key)).size
    if (end.deliveries % 2 === 1) platform.schedule(platform.random() * 20, () => void looks.push(look()))
    const place = await deliverInTime(deployment.deliverer(), batch, platform)
    if (place !== 'gone') end.ended += 1
    return place
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
      deployment.deploy(2)
    }
    strikeProcess(deployment, (fault) => faults.once(number, fault), platform)
    end.isNextLive &&= deployment.code() === 2
    if (faults.once(number, 'dlq-redrive')) redriven.push(batch)
    if (faults.once(number, 'feed-lost')) from = 0
    const zombie = faults.once(number, 'zombie') || faults.once(number, 'parallel-batches')
    const other = zombie ? deployment.startOther() : undefined
    const deformed = faults.isNew(number)
      ? deformBatch(plan, number, batch, changes.slice(0, from), add)
      : { batches: [batch], lossy: false }
    end.lossy ||= deformed.lossy
    const others = other?.consumers.deliver(batch).catch(() => undefined)
    const places = await Promise.all(deformed.batches.map(deliverOnce))
    if (others !== undefined) await Promise.race([others, sleep(platform, timeoutMs)])
    if (places.includes('gone')) {
      deployment.replace()
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

/** Deploys other code, and ends or stops the process, where that is planned. */
function strikeProcess(
  deployment: Deployment,
  once: (fault: ConsumerFault) => boolean,
  platform: Platform,
): void {
  if (once('code-change')) deployment.deploy(deployment.code() === 1 ? 2 : 1)
  if (once('rollback')) deployment.deploy(1)
  const { process } = deployment.deliverer()
  if (once('crash')) platform.schedule(5, process.crash)
  if (once('freeze')) {
    process.freeze()
    platform.schedule(1_000, process.thaw)
  }
  if (once('timeout-kill')) process.freeze()
}
