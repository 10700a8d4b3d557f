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

/** Throws `TypeError` on options that cannot work. */
export function checkSystemOptions(options: ActorSystemOptions): void {
  const {
    name,
    supervision = {},
    passivateAfterMs = 1,
    platform = systemPlatform,
  } = expectObject(options, 'The options of ActorSystem')
  checkName(name)
  for (const method of ['now', 'schedule', 'random', 'newId', 'sha256'] as const) {
    if (typeof platform?.[method] === 'function') continue
    throw new TypeError(`platform must be a Platform; it has no function ${method}.`)
  }
  expectNumber('passivateAfterMs', passivateAfterMs, Number.MIN_VALUE)
  const { maxRestarts = 0, onFailure, ...times } = expectObject(supervision, 'supervision')
  if (maxRestarts !== Number.POSITIVE_INFINITY && !Number.isSafeInteger(maxRestarts)) {
    throw new TypeError('supervision.maxRestarts must be a whole number from 0 on.')
  }
  expectNumber('supervision.maxRestarts', maxRestarts, 0)
  for (const time of ['withinMs', 'backoffMs', 'maxBackoffMs'] as const) {
    expectNumber(`supervision.${time}`, times[time] ?? 0, 0)
  }
  if (onFailure !== undefined && typeof onFailure !== 'function') {
    throw new TypeError('supervision.onFailure must be a function.')
  }
}

function expectObject<Value extends object>(value: Value, what: string): Value {
  if (isObject(value)) return value
  throw new TypeError(`${what} must be an object.`)
}

function expectNumber(what: string, value: unknown, least: number): void {
  if (typeof value === 'number' && value >= least) return
  const found = typeof value === 'number' ? value : `a ${typeof value}`
  throw new TypeError(`${what} must be a number ${least === 0 ? 'from 0 on' : 'above 0'}, not ${found}.`)
}
