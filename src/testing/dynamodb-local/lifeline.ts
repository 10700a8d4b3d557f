// The main file of a small process between the test run and Java: node lifeline.js <launcher> <folder of the jar> <port>.
// It ends Java as soon as its own standard input ends, which the operating system does even when the parent is killed.
import type { ChildProcess } from 'node:child_process'
import { createRequire } from 'node:module'

/** The part of the `dynamodb-local` package in use; its own types do not know every flag. */
interface Launcher {
  configureInstaller(options: { installPath: string }): void
  launch(port: number, dbPath: null, args: string[], verbose: boolean): Promise<ChildProcess>
}

let java: ChildProcess | undefined
const end = () => (java === undefined ? process.exit(1) : java.kill('SIGKILL'))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, end)
process.stdin.resume().once('end', end).once('error', end)

const [launcherFile = '', jarFolder = '', port] = process.argv.slice(2)
const launcher = createRequire(import.meta.url)(launcherFile) as Launcher
launcher.configureInstaller({ installPath: jarFolder })
java = await launcher.launch(Number(port), null, ['-disableTelemetry'], false)
// Only after Java, so that its port is free again once this process is gone.
java.once('exit', () => process.exit(1))
