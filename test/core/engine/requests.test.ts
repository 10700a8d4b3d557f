import { expect, test } from 'vitest'
import { journalRequests } from '../../../src/core/engine/requests.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'

test('an answer that came too late says nothing about the round trip', async () => {
  const platform = virtualPlatform()
  const requests = journalRequests(platform, 50)
  const late = () =>
    new Promise((resolve) => platform.schedule(45, () => platform.schedule(45, () => resolve(1))))
  const before = requests.roundTripMs()
  await expect(requests.send('recover', undefined, late)).rejects.toThrow(/did not answer within 50 ms/)
  await new Promise<void>((resolve) => void platform.schedule(1_000, resolve))
  expect(requests.roundTripMs()).toBe(before)
})

test('a journal whose method throws has failed, with nothing pending', async () => {
  const requests = journalRequests(virtualPlatform(), 50)
  const broken = () => {
    throw new Error('no network')
  }
  await expect(requests.send('recover', undefined, broken)).rejects.toMatchObject({
    code: 'store-unavailable',
  })
})
