import type { Principal, TypedMessage } from '../../core/entity/message.ts'
import { seededRandom } from '../virtual-platform.ts'
import type { FaultClass } from './classes.ts'

/** What a plan is made from. */
export interface PlanOptions {
  readonly seed: number
  readonly operations: number
  readonly processes: number
  readonly entities: number
  readonly command: (random: () => number) => TypedMessage
  readonly oversized: ((random: () => number) => TypedMessage) | undefined
  readonly principals: readonly Principal[] | undefined
  /** Whether the store offers `findCommandId`. */
  readonly findsCommandIds: boolean
  readonly without: ReadonlySet<FaultClass>
}

/** Randomness of one plan. */
export interface Draw {
  readonly random: () => number
  whole(below: number): number
  chance(probability: number): boolean
  pick<Item>(items: readonly Item[]): Item
}

/** What is drawn first, for it shapes the rest. */
export interface Setting {
  /** How much goes wrong, from nothing to one request in three. */
  readonly trouble: number
  readonly spanMs: number
  readonly fourMethods: boolean
  readonly dropsIds: boolean
  readonly dedupeForSeconds: number
  readonly tenants: boolean
  /** `undefined` among them: a command without a principal. */
  readonly principals: ReadonlyArray<Principal | undefined>
}

const madeUpPrincipals: readonly Principal[] = [{ id: 'ann' }, { id: 'bob' }]

/** Readers may count ids for this long after their period, for clocks differ. */
export const periodSlackMs = 60_000

/** Equal seeds draw the same. */
export function startDraw(seed: number): Draw {
  const random = seededRandom(seed)
  const whole = (below: number) => Math.floor(random() * below)
  return {
    random,
    whole,
    chance: (probability) => random() < probability,
    pick: <Item>(items: readonly Item[]) => items[whole(items.length)] as Item,
  }
}

/** Draws the setting of a plan. */
export function drawSetting({ without, principals }: PlanOptions, draw: Draw): Setting {
  const trouble = draw.chance(0.15) ? 0 : draw.random() * 0.3
  const dropsIds = !without.has('dropped-id') && draw.chance(0.25)
  const dedupeForSeconds = dropsIds ? draw.pick([1, 10, 60, 300]) : 300
  const long = dropsIds && draw.chance(0.7)
  const madeUp = !without.has('principals') && draw.chance(0.4)
  return {
    trouble,
    spanMs: long
      ? draw.whole(2_000 * dedupeForSeconds + 2 * periodSlackMs)
      : draw.pick([20, 200, 1_000, 5_000]),
    fourMethods: !without.has('four-method-journal') && draw.chance(0.08),
    dropsIds,
    dedupeForSeconds,
    tenants: !without.has('tenants') && draw.chance(0.2),
    principals: principals ?? (madeUp ? [undefined, ...madeUpPrincipals] : [undefined]),
  }
}
