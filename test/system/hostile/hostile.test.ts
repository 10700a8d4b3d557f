import { assert as check, asyncProperty, sample } from 'fast-check'
import { describe, expect, test } from 'vitest'
import { attack } from './attack.ts'
import type { HostileRequest, Repeat } from './hostile-request.ts'
import { plantedBugs } from './planted-bugs.ts'
import { hostileSequence } from './requests.ts'
import { Violation } from './violation.ts'
import { direct, runtimes, type Way } from './ways.ts'

/** Any other by hand: `HOSTILE_SEED=7 HOSTILE_REQUESTS=100000`. */
const seed = Number(process.env['HOSTILE_SEED'] ?? 1)
const requests = Number(process.env['HOSTILE_REQUESTS'] ?? 30_000)
const perRuntime = Math.ceil(requests / 50)

/** Requests that lead to a rare status come this often, at least: a status that is hardly reached is hardly tested. */
const leastOfEach = 10

/** Statuses that many requests must have led to, or they have not got far. */
const reached = [200, 204, 304, 400, 401, 403, 404, 405, 406, 409, 412, 413, 414, 415, 422, 500]

async function attackWith(way: Way, least: number) {
  const statuses = new Map<number, number>()
  let sent = 0
  let replayed = 0
  let served = 0
  let sentBefore: number | undefined
  const attackOnce = async (sequence: readonly (HostileRequest | Repeat)[]) => {
    try {
      const report = await attack(way, sequence)
      sent += report.sent
      replayed += report.replayed
      served += report.served
      for (const [status, count] of report.statuses) statuses.set(status, (statuses.get(status) ?? 0) + count)
    } catch (error) {
      // What follows is shrinking.
      sentBefore ??= sent
      throw error
    }
  }
  for (let round = 0; sent < least; round++) {
    try {
      await check(asyncProperty(hostileSequence, attackOnce), {
        numRuns: 10,
        seed: seed * 100_000 + round,
        // Shrinking ends some day: what it has by then is short enough.
        interruptAfterTimeLimit: 20_000,
      })
    } catch (error) {
      const when = `After ${sentBefore} requests through ${way.name}, HOSTILE_SEED=${seed}`
      throw new Error(`${when}: ${(error as Error).message}`, { cause: error })
    }
  }
  const counts = [...statuses].toSorted(([a], [b]) => a - b).map(([status, count]) => `${count} × ${status}`)
  console.log(`${way.name}, seed ${seed}: ${sent} requests, ${replayed} replayed: ${counts.join(', ')}`)
  return { statuses, replayed, served }
}

describe('hostile requests break no promise and nothing else', { timeout: 600_000 }, () => {
  test('as an app gets them', async () => {
    const { statuses, replayed, served } = await attackWith(direct, requests - runtimes.length * perRuntime)
    expect(reached.filter((status) => (statuses.get(status) ?? 0) < leastOfEach)).toEqual([])
    expect(replayed).toBeGreaterThan(100)
    expect(served).toBeGreaterThan(1_000)
  })

  test.for(runtimes)('through $name', async (way) => {
    const { statuses } = await attackWith(way, perRuntime)
    expect([200, 204, 400, 403, 404, 422, 500].filter((status) => !statuses.has(status))).toEqual([])
  })
})

describe('the attack finds an app', () => {
  test.for(plantedBugs)('$name', async ({ patch, rule, way = direct }) => {
    for (let round = 0; round < 100; round++) {
      const [sequence = []] = sample(hostileSequence, { numRuns: 1, seed: seed * 1_000 + round })
      const found = await attack(way, sequence, patch).catch((error: unknown) => error)
      if (!(found instanceof Violation)) continue
      expect(found.message).toMatch(rule)
      return
    }
    expect.fail('nothing was found in 100 attacks')
  })
})
