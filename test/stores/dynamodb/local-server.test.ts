import { afterEach, expect, inject, test } from 'vitest'
import { deposit, type LocalServer, startLocalServer, stateOf } from '../../helpers/local-server.ts'

let servers: LocalServer[] = []

afterEach(async () => {
  for (const server of servers) server.kill('SIGKILL')
  await Promise.all(servers.map(({ ended }) => ended))
  servers = []
})

/** Without a Java on its path, without a region and credentials: all it may need is the endpoint. */
function start(): Promise<LocalServer> {
  return startLocalServer({
    args: ['--journal', 'dynamodb'],
    env: { DYNAMODB_ENDPOINT: inject('endpoint'), PATH: '' },
  })
}

test('two local servers on one DynamoDB Local: 200 deposits through each at once are 400', {
  timeout: 60_000,
}, async () => {
  servers = await Promise.all([start(), start()])
  const [one, two] = servers as [LocalServer, LocalServer]
  expect(one.greeting).toContain(`Data: table tailfold-local in ${inject('endpoint')}`)
  const before = (await balance(one.url)) ?? 0
  const statuses = (await Promise.all([deposit(one.url, 200), deposit(two.url, 200)])).flat()
  expect(statuses.filter((status) => status !== 204)).toEqual([])
  expect([await balance(one.url), await balance(two.url)]).toEqual([before + 400, before + 400])
  one.kill('SIGTERM')
  expect(await one.ended).toMatchObject({ exitCode: 0, stderr: '' })
})

/** The endpoint may be that of a DynamoDB Local which outlives the run, with an account of earlier runs. */
async function balance(url: string): Promise<number | undefined> {
  return ((await stateOf(url)) as { balance?: number }).balance
}
