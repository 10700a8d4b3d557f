import { setTimeout as delay } from 'node:timers/promises'
import {
  appliedThen500,
  hangs,
  replyDropped,
  requestDropped,
  throttled,
  type WireFault,
} from '../../helpers/fault-proxy.ts'
import type { Environment } from './environment.ts'

/** What befalls an environment while one of its requests is on its way to DynamoDB. */
export interface Strike {
  readonly name: string
  readonly operation: 'PutItem' | 'Query'
  /** True when no answer to the invocation can be expected. */
  readonly ends: boolean
  readonly fault: (environment: Environment, random: () => number) => WireFault
}

const haltMs = 150
const latestMs = 200

/** All that may befall one. Halted for good, it is killed by the platform once its time is over. */
export const strikes: readonly Strike[] = [
  strike('killed before the write', true, ({ kill }) => ({ drop }) => {
    kill()
    drop()
  }),
  strike('killed after the write', true, ({ kill }) => async ({ forward, drop }) => {
    await forward()
    kill()
    drop()
  }),
  strike('killed, and written later', true, ({ kill }, random) => async ({ forward, drop }) => {
    kill()
    drop()
    await delay(random() * latestMs)
    await forward()
  }),
  strike('timed out before the write', true, ({ halt }) => halt),
  strike('timed out after the write', true, ({ halt }) => async ({ forward }) => {
    await forward()
    halt()
  }),
  strike('halted for a while before the write', false, ({ halt, go }) => async ({ forward, answer }) => {
    halt()
    await delay(haltMs)
    go()
    answer(await forward())
  }),
  strike('halted for a while after the write', false, ({ halt, go }) => async ({ forward, answer }) => {
    const written = await forward()
    halt()
    await delay(haltMs)
    go()
    answer(written)
  }),
  strike('reply lost', false, () => replyDropped),
  strike('written, then HTTP 500', false, () => appliedThen500),
  strike('throttled', false, () => throttled),
  strike('no answer to the write', false, () => hangs),
  { name: 'read lost', operation: 'Query', ends: false, fault: () => requestDropped },
]

function strike(name: string, ends: boolean, fault: Strike['fault']): Strike {
  return { name, operation: 'PutItem', ends, fault }
}
