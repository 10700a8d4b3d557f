import { aFunction, anything, type Check, type Checks, checkOptions } from '../../core/base/check-options.ts'
import { checkPlatform, type EngineOptions } from '../../core/engine/options.ts'
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

const supervisionChecks: Checks<SupervisionOptions> = {
  maxRestarts: [
    'a whole number from 0 on',
    (value) => value === Infinity || (Number.isSafeInteger(value) && (value as number) >= 0),
  ],
  withinMs: zeroOrMore,
  backoffMs: zeroOrMore,
  maxBackoffMs: zeroOrMore,
  onFailure: aFunction,
}

/** `createEngine` checks the values of those it takes. */
const checks: Checks<ActorSystemOptions> = {
  name: anything,
  supervision: anything,
  passivateAfterMs: number('above 0', (value) => value > 0),
  retry: anything,
  cache: anything,
  observers: anything,
  onWarning: anything,
  platform: anything,
}

/** Throws `TypeError` on options that cannot work. */
export function checkSystemOptions(options: ActorSystemOptions): void {
  expectObject(options, 'The options of ActorSystem')
  const { name, supervision = {}, platform = systemPlatform } = options
  checkName(name)
  checkPlatform(platform)
  checkOptions('ActorSystem', options, checks)
  expectObject(supervision, 'supervision')
  checkOptions('supervision', supervision, supervisionChecks, 'supervision.')
}

function expectObject(value: object, what: string): void {
  if (!isObject(value)) throw new TypeError(`${what} must be an object.`)
}
