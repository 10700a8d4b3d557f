import { describe, expect, test } from 'vitest'
import { openApp } from '../helpers/http-app.ts'
import { get, post } from '../helpers/http-cases.ts'
import { drivers } from '../helpers/http-drivers.ts'

describe.each(drivers)('through $name', (driver) => {
  const ids: ReadonlyArray<readonly [segment: string, id: string, needsRawPath: boolean]> = [
    ['a%20b', 'a b', false],
    ['a%23b', 'a#b', false],
    ['%C3%BC%F0%9F%90%9F', 'ü🐟', false],
    ['100%25', '100%', false],
    ['a%2541', 'a%41', false],
    ['..', '..', false],
    ['.', '.', false],
    ['a+b', 'a+b', false],
    ['health', 'health', false],
    ['events', 'events', false],
    ['__proto__', '__proto__', false],
    ['a%2Fb', 'a/b', true],
    ['%2F', '/', true],
    ['a%2Fevents', 'a/events', true],
    ['a%3Fb%26c', 'a?b&c', true],
    ['%2e%2e', '..', true],
    ['a'.repeat(512), 'a'.repeat(512), false],
  ]
  const isDots = /^(\.|%2e)+$/
  const addressable = ids.filter(
    ([segment, , raw]) => (driver.keepsPath || !raw) && (driver.keepsDots || !isDots.test(segment)),
  )
  test.each(addressable)('the path segment %s is one id, decoded once', async (segment, entityId) => {
    const { app, journal } = openApp()
    await driver.run(app, async (send) => {
      expect((await send(post(`/account/${segment}/Deposit`, '{"amount":7}'))).status).toBe(204)
      expect((await send(get(`/account/${segment}`))).body).toBe('{"balance":7}')
      const { events } = JSON.parse((await send(get(`/account/${segment}/events`))).body)
      expect(events).toHaveLength(1)
      const stored = await Array.fromAsync(journal.load({ entityType: 'account', entityId }))
      expect(stored.map(({ event }) => event)).toEqual([{ type: 'Deposited', amount: 7 }])
    })
  })
})
