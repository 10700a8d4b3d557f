import { getEventListeners } from 'node:events'
import { expect, test } from 'vitest'
import { pause } from '../../src/consumers/wait-for-changes.ts'
import { systemPlatform } from '../../src/platform.ts'

test('a pause leaves no listener on its signal', async () => {
  const { signal } = new AbortController()
  for (let n = 0; n < 3; n++) await pause(systemPlatform, 1, signal)
  expect(getEventListeners(signal, 'abort')).toEqual([])
})

test('a pause ends when its signal is aborted, and cancels its timer', async () => {
  const controller = new AbortController()
  let cancelled = false
  const platform = {
    ...systemPlatform,
    schedule: () => () => {
      cancelled = true
    },
  }
  const paused = pause(platform, 60_000, controller.signal)
  controller.abort()
  await paused
  expect(cancelled).toBe(true)
})
