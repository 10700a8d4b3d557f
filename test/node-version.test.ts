import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { checkNodeVersion } from '../src/node-version.ts'

describe('the version of Node.js', () => {
  test.for(['22.13.0', '22.20.1', '23.4.0', '24.0.0', '26.10.0', undefined])('%s is taken', (version) => {
    expect(checkNodeVersion(version)).toBeUndefined()
  })

  test.for(['18.20.8', '20.19.0', '21.7.3', '22.5.0', '22.12.0'])('%s is refused in one line', (version) => {
    expect(() => checkNodeVersion(version)).toThrow(
      `Tailfold needs Node.js 22.13 or newer; this is v${version}.`,
    )
  })

  test('that package.json promises is the oldest that is taken', () => {
    const { engines } = JSON.parse(readFileSync('package.json', 'utf8')) as { engines: { node: string } }
    expect(engines.node).toBe('>=22.13')
  })
})
