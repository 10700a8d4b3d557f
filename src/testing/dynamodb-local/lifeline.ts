// The main file of the small process that stands between the test run and Java. It ends Java as soon as its own
// standard input ends, which the operating system does for us even when the parent is killed with SIGKILL.
import { type ChildProcess, execFile } from 'node:child_process'
import { createRequire } from 'node:module'

/** Input of the lifeline process: JSON in its first argument. */
export interface LifelineTask {
  readonly launcherFile: string
  readonly jarFolder: string
  readonly port: number
}

/** What the lifeline process tells, one JSON line each on standard output. Java's own words go to standard error. */
export type LifelineMessage =
  | { readonly event: 'version'; readonly version: string }
  | { readonly event: 'failed'; readonly code: string | undefined; readonly message: string }

/** The part of the `dynamodb-local` package in use; its own types do not know every flag. */
interface Launcher {
  configureInstaller(options: { installPath: string }): void
  launch(
    port: number,
    dbPath: null,
    args: string[],
    verbose: boolean,
    detached: boolean,
  ): Promise<ChildProcess>
  stop(port: number): void
}

// Halves the time to the first answer of such a short-lived server. `launch` passes on only one Java option, the
// environment variable takes them all; options the user has set come later and so win.
const fastStart = '-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m'
process.env['JDK_JAVA_OPTIONS'] = `${fastStart} ${process.env['JDK_JAVA_OPTIONS'] ?? ''}`.trim()

const task = JSON.parse(process.argv[2] ?? '') as LifelineTask
const launcher = createRequire(import.meta.url)(task.launcherFile) as Launcher

let java: ChildProcess | undefined
let versionProbe: ChildProcess | undefined
let ending = false

// Exits only after Java did, so that its port is free again once this process is gone.
function end(exitCode: number): void {
  ending = true
  versionProbe?.kill('SIGKILL')
  if (java === undefined || java.exitCode !== null || java.signalCode !== null) process.exit(exitCode)
  java.once('exit', () => process.exit(exitCode))
  launcher.stop(task.port)
}

function tell(message: LifelineMessage, then: () => void = () => {}): void {
  process.stdout.write(`${JSON.stringify(message)}\n`, then)
}

function fail(error: Error & { code?: string | number | null | undefined }): void {
  if (ending) return
  ending = true
  const code = typeof error.code === 'string' ? error.code : undefined
  tell({ event: 'failed', code, message: error.message }, () => end(1))
}

process.stdin
  .resume()
  .once('end', () => end(0))
  .once('error', () => end(1))
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => end(1))
// `launch` leaves the 'error' event of a Java that cannot be spawned unhandled.
process.on('uncaughtException', fail)

// `launch` discards Java's standard output, where the version stands, so the same jar is asked for it on the side.
const askForVersion = ['-jar', 'DynamoDBLocal.jar', '-version']
versionProbe = execFile('java', askForVersion, { cwd: task.jarFolder }, (error, stdout, stderr) => {
  if (error === null) return tell({ event: 'version', version: stdout.trim() })
  process.stderr.write(stderr)
  fail(error)
})

launcher.configureInstaller({ installPath: task.jarFolder })
launcher.launch(task.port, null, ['-disableTelemetry'], false, false).then(
  (child) => {
    java = child
    child.once('exit', (exitCode, signal) =>
      fail(new Error(`Java ended with ${signal ?? `exit code ${exitCode}`}`)),
    )
  },
  // The 'error' event, which comes first, knows the reason better.
  (error: Error) => setImmediate(fail, error),
)
