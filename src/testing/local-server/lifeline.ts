// The main file of a small process between a program and a server: node lifeline.js <plan as JSON>. It ends the server as
// soon as its own standard input ends, which the operating system does even when the program is killed.
import { spawn } from 'node:child_process'
import { rmSync } from 'node:fs'
import type { ServerPlan } from './server-process.ts'

const { command, args, stopSignal, user, removes = [] } = JSON.parse(process.argv[2] ?? '') as ServerPlan

const server = spawn(command, args, {
  stdio: ['ignore', 'inherit', 'inherit'],
  ...(user && { uid: user, gid: user }),
})
const end = () => server.kill(stopSignal)
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
process.stdin.resume().once('end', end).once('error', end)

function finish(code: number): void {
  for (const folder of removes) rmSync(folder, { recursive: true, force: true })
  process.exit(code)
}
server.once('error', ({ message }) => {
  process.stderr.write(message)
  finish(127)
})
server.once('exit', () => finish(1))
