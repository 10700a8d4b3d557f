import { type Platform, systemPlatform } from 'tailfold'

/** A platform whose time runs so many times as fast as that of the system. */
export function fastPlatform(factor: number): Platform {
  const began = Date.now()
  return {
    ...systemPlatform,
    now: () => began + (Date.now() - began) * factor,
    schedule: (ms, callback) => systemPlatform.schedule(ms / factor, callback),
  }
}
