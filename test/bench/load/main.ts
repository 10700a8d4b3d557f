import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { count } from '../counts.ts'
import { median } from '../measure/statistics.ts'
import { behaveWell, type Service } from './honest.ts'

/*
 * `npm run bench:load`: honest callers of a node server, alone and beside slow readers, slow writers, large and hostile
 * callers. Both are measured in turns, and the median of the ratios counts, so that a busy machine slows both. Exits with
 * 1 if an honest request was not served. `--json` prints the result itself, `--tiny` measures for a moment.
 */
const rounds = count(5, 1)
const roundMs = count(3_000, 300)
/** After this the besieging connections are there, or gone. */
const settleMs = count(1_000, 200)
const target = 3

interface Round {
  readonly idle: Service
  readonly besieged: Service
}

const { values } = parseArgs({ options: { json: { type: 'boolean' }, tiny: { type: 'boolean' } } })
const start = (file: string): ChildProcess =>
  fork(fileURLToPath(new URL(file, import.meta.url)), { execArgv: ['--conditions=tailfold-source'] })
const settle = () => new Promise((resolve) => setTimeout(resolve, settleMs))

async function messageOf<Message>(child: ChildProcess): Promise<Message> {
  const [message] = (await once(child, 'message')) as [Message]
  return message
}

async function answerOf<Message>(child: ChildProcess, message: string | number): Promise<Message> {
  const answer = messageOf<Message>(child)
  child.send(message)
  return answer
}

const server = start('../../helpers/load-server-program.ts')
const { port } = await messageOf<{ port: number }>(server)
const attackers = start('./attackers.ts')
await messageOf(attackers)
await behaveWell(port, settleMs)
const { most: idlePeak } = await answerOf<{ most: number }>(server, 'memory')

const measured: Round[] = []
let sent: { hostile: number; large: number; connections: number } | undefined
for (let round = 0; round < rounds; round++) {
  const idle = await behaveWell(port, roundMs)
  await answerOf(attackers, port)
  await settle()
  const besieged = await behaveWell(port, roundMs)
  sent = await answerOf(attackers, 'end')
  await settle()
  measured.push({ idle, besieged })
}
const { most } = await answerOf<{ most: number }>(server, 'memory')
server.disconnect()
attackers.disconnect()

const services = measured.flatMap(({ idle, besieged }) => [idle, besieged])
const total = (field: 'requests' | 'served') => services.reduce((sum, service) => sum + service[field], 0)
const ratio = (field: 'p50Ms' | 'p99Ms') =>
  median(measured.map(({ idle, besieged }) => besieged[field] / idle[field]))
const megabytes = (bytes: number) => Math.round(bytes / 1024 ** 2)
const result = {
  rounds: measured,
  ratio: { p50: ratio('p50Ms'), p99: ratio('p99Ms'), p99Target: target },
  honest: { requests: total('requests'), served: total('served') },
  attackers: sent,
  memory: { idlePeakMb: megabytes(idlePeak), peakMb: megabytes(most) },
}

if (values.json === true) console.log(JSON.stringify(result, undefined, 2))
else {
  const line = (name: string, of: (round: Round) => Service) =>
    `${name}: p50 ${median(measured.map((round) => of(round).p50Ms)).toFixed(2)} ms, p99 ${median(measured.map((round) => of(round).p99Ms)).toFixed(2)} ms`
  console.log(
    [
      line('idle server', ({ idle }) => idle),
      line('besieged server', ({ besieged }) => besieged),
      `p99 besieged over idle: ${result.ratio.p99.toFixed(2)} (target: at most ${target})`,
      `honest requests served: ${result.honest.served} of ${result.honest.requests}`,
      `attackers: ${sent?.connections} slow or silent connections, ${sent?.hostile} hostile and ${sent?.large} large requests`,
      `memory: ${result.memory.idlePeakMb} MB idle, at most ${result.memory.peakMb} MB`,
    ].join('\n'),
  )
}
process.exitCode = result.honest.served === result.honest.requests ? 0 : 1
