import { request as httpRequest } from 'node:http'
import { layOutSiege, type Siege } from '../../helpers/siege.ts'

/*
 * A process of its own, so that what attackers do costs the server time and not the honest callers. It is sent a port to
 * attack, or `end`; it answers each with what it has sent so far.
 */
const pauseMs = { hostile: 10, large: 50 }
const callers = { hostile: 4, large: 4 }
const json = { 'content-type': 'application/json' }

interface Hostile {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const deposit = { method: 'POST', path: '/account/hostile/Deposit', headers: json }

/** Requests that an app refuses, each for a reason of its own, as often as an attacker likes. */
const hostile: readonly Hostile[] = [
  { ...deposit, body: '{"amount":' },
  { ...deposit, body: '['.repeat(100_000) },
  { ...deposit, body: `{"amount":1${',"a":1'.repeat(10_000)}}` },
  { ...deposit, body: `{"note":"${'\\"'.repeat(60_000)}"}` },
  { ...deposit, headers: { 'content-type': 'text/plain' }, body: 'x' },
  { ...deposit, headers: { ...json, 'sec-fetch-site': 'cross-site' }, body: '{"amount":1}' },
  { ...deposit, headers: { ...json, 'if-match': '"9",'.repeat(2_000) }, body: '{"amount":1}' },
  { method: 'GET', path: `/account/${'%41'.repeat(600)}` },
  { method: 'GET', path: '/account/hostile/events?limit=1000&limit=1000' },
  { method: 'GET', path: '/health', headers: { host: 'attacker.example' } },
  { method: 'DELETE', path: '/account/hostile' },
]

/** Callers that are let in and ask for much: large bodies, and answers of 4 MB that they read. */
const large: readonly Hostile[] = [
  { ...deposit, path: '/account/large/Deposit', body: `{"amount":1,"note":"${'x'.repeat(250_000)}"}` },
  { method: 'GET', path: '/large' },
]

let siege: Siege | undefined
let isOver = true
const sent = { hostile: 0, large: 0, connections: 0 }

process.on('message', (message: number | 'end') => {
  isOver = message === 'end'
  if (message === 'end') siege?.end()
  else attack(message)
  process.send?.(sent)
})
process.on('disconnect', () => process.exit())
process.send?.(sent)

function attack(port: number): void {
  siege = layOutSiege(port)
  sent.connections = siege.connections
  for (const kind of ['hostile', 'large'] as const)
    for (let caller = 0; caller < callers[kind]; caller++)
      void call(port, kind, kind === 'hostile' ? hostile : large, caller)
}

async function call(port: number, kind: 'hostile' | 'large', requests: readonly Hostile[], from: number) {
  for (let at = from; !isOver; at++) {
    await send(port, requests[at % requests.length] as Hostile)
    sent[kind] += 1
    await new Promise((resolve) => setTimeout(resolve, pauseMs[kind]))
  }
}

/** Reads the whole answer, and takes a connection that is cut off for one. */
function send(port: number, { method, path, headers = {}, body = '' }: Hostile): Promise<void> {
  return new Promise((resolve) => {
    const request = httpRequest(
      { port, host: '127.0.0.1', method, path, agent: false, headers },
      (response) => response.resume().once('close', resolve),
    )
    request.once('error', () => resolve()).end(body)
  })
}
