import { describe, expect, test } from 'vitest'
import { openApp } from '../helpers/http-app.ts'
import { drivers } from '../helpers/http-drivers.ts'

const longest = 32_768
const authorize = () => 'unauthenticated' as const

/** Targets of so many characters, without the `?`. */
const targets = (length: number) => ({
  'a path': { method: 'GET', path: '/account/'.padEnd(length, 'x') },
  'a query': { method: 'GET', path: '/account', query: 'after='.padEnd(length - 8, 'x') },
  'a path with a query': {
    method: 'GET',
    path: '/account/'.padEnd(longest / 2, 'x'),
    query: 'revision=1'.padEnd(length - longest / 2, '1'),
  },
  'the path of a command': { method: 'POST', path: '/account/a/'.padEnd(length, 'X'), body: '{"amount":7}' },
})

describe.each(drivers)('through $name', (driver) => {
  test.each(Object.keys(targets(longest)) as (keyof ReturnType<typeof targets>)[])(
    '%s of more than 32,768 characters is refused before anything of it is read',
    async (name) => {
      const { app } = openApp({ authorize })
      await driver.run(app, async (send) => {
        const headers = { 'content-type': 'application/json' }
        const long = await send({ ...targets(longest + 1)[name], headers })
        expect(JSON.parse(long.body)).toEqual({
          type: 'urn:tailfold:problem:uri-too-long',
          title: 'The path and query are too long',
          status: 414,
          code: 'uri-too-long',
          detail: 'Path and query can have up to 32768 characters.',
        })
        expect([long.status, long.headers['content-type']]).toEqual([414, 'application/problem+json'])
        const { status } = await send({ ...targets(longest)[name], headers })
        expect(status).toBeLessThan(414)
      })
    },
  )
})
