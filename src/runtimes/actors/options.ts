import { aFunction, type Check, checkOptions } from '../../core/base/check-options.ts'
import type { EngineOptions } from '../../core/engine/options.ts'
import type { Platform } from '../../core/base/platform.ts'
import { systemPlatform } from '../../platform.ts'
import { checkName, isObject } from './arguments.ts'
import type { SupervisionOptions } from './supervision.ts'

/** Options of {@link ActorSystem}. */
export interface ActorSystemOptions
  extends Pick<EngineOptions, 'retry' | 'cache' | 'observers' | 'onWarning'> {
  /** Names the system in messages: `'bank'`. */
  readonly name: string
  readonly supervision?: SupervisionOptions
  /**
   * Milliseconds without a message after which an actor leaves memory; its next message brings it back from its journal.
   * Default `Infinity`: actors stay until they are stopped.
   */
  readonly passivateAfterMs?: number
  /** Time, randomness, hashing and async context. Default: the real ones. */
  readonly platform?: Platform
}

const number = (least: string, isValid: (value: number) => boolean): Check => [
  `a number ${least}`,
  (value) => typeof value === 'number' && isValid(value),
]
const zeroOrMore = number('from 0 on', (value) => value >= 0)

const supervisionChecks: { readonly [Name in keyof SupervisionOptions]?: Check } = {
  maxRestarts: [
    'a whole number from 0 on',
    (value) => value === Infinity || (Number.isSafeInteger(value) && (value as number) >= 0),
  ],
  withinMs: zeroOrMore,
  backoffMs: zeroOrMore,
  maxBackoffMs: zeroOrMore,
  onFailure: aFunction,
}

/** Throws `TypeError` on options that cannot work. */
export function checkSystemOptions(options: ActorSystemOptions): void {
  expectObject(options, 'The options of ActorSystem')
  const { name, supervision = {}, platform = systemPlatform } = options
  checkName(name)
  for (const method of ['now', 'schedule', 'random', 'newId', 'sha256'] as const) {
    if (typeof platform?.[method] === 'function') continue
    throw new TypeError(`platform must be a Platform; it has no function ${method}.`)
  }
  checkOptions(options, { passivateAfterMs: number('above 0', (value) => value > 0) })
  expectObject(supervision, 'supervision')
  checkOptions(supervision, supervisionChecks, 'supervision.')
}

function expectObject(value: object, what: string): void {
  if (!isObject(value)) throw new TypeError(`${what} must be an object.`)
}
