import { spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { fileURLToPath } from 'node:url'
import { DynamoDbLocalError } from './errors.ts'

const keptOutputChars = 4_000
const stopTimeoutMs = 5_000

// Halves the time to the first answer of such a short-lived server. Options that the user has set come later and so win.
const fastStart = '-XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xmx512m'

// Node.js runs this folder from TypeScript source and from the build alike.
const lifelineFile = fileURLToPath(
  new URL(import.meta.url.endsWith('.ts') ? './lifeline.ts' : './lifeline.js', import.meta.url),
)

/** A Java process under its lifeline. */
export interface ServerProcess {
  /** Why it ended without being stopped; `undefined` while it runs. */
  failure(): DynamoDbLocalError | undefined
  /** Ends Java and waits until it is gone. May be called any number of times. */
  stop(): Promise<void>
  /** Lets the Node.js process that started the server end while the server runs. */
  unref(): void
}

/** Starts Java under its lifeline; it does not answer requests yet when this returns. */
export function startServerProcess(launcherFile: string, jarFolder: string, port: number): ServerProcess {
  const child = spawn(process.execPath, [lifelineFile, launcherFile, jarFolder, String(port)], {
    stdio: ['pipe', 'ignore', 'pipe'],
    env: {
      ...process.env,
      JDK_JAVA_OPTIONS: `${fastStart} ${process.env['JDK_JAVA_OPTIONS'] ?? ''}`.trim(),
      // Flags meant for the caller, such as --inspect-brk, would hold or break the lifeline.
      NODE_OPTIONS: undefined,
    },
    // A process group of its own: Ctrl-C reaches the test run alone, which may still need its database to end well.
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  let output = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    output = (output + text).slice(-keptOutputChars)
  })
  // The lifeline may be gone before it is stopped.
  child.stdin.on('error', () => {})
  child.once('error', ({ message }) => (output += message))
  let failure: DynamoDbLocalError | undefined
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  void closed.then(() => (failure = failureOf(output.trim(), port)))

  return {
    failure: () => failure,
    async stop() {
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
      await closed
      clearTimeout(timer)
    },
    unref() {
      child.unref()
      for (const pipe of [child.stdin, child.stderr]) (pipe as Socket).unref()
    },
  }
}

/** What the launcher says without Java, an old Java, and the `java` of macOS when it is only a placeholder. */
const noJava = /Unable to launch DynamoDBLocal|UnsupportedClassVersionError|Unable to locate a Java Runtime/

function failureOf(output: string, port: number): DynamoDbLocalError {
  const cause = new Error(output === '' ? 'its process ended' : output)
  if (noJava.test(output)) {
    return new DynamoDbLocalError(
      'java-missing',
      'DynamoDB Local needs Java 17 or newer and no usable `java` was found. Install one ' +
        '(Debian/Ubuntu: apt-get install default-jre-headless; macOS: brew install temurin), ' +
        'or use a DynamoDB Local that already runs (docker run -p 8000:8000 amazon/dynamodb-local).',
      { cause },
    )
  }
  if (output.includes('Failed to bind')) return portInUse(port, cause)
  return new DynamoDbLocalError('start-failed', `DynamoDB Local did not start: ${cause.message}`, { cause })
}

/** The error for a port that cannot be bound. */
export function portInUse(port: number, cause: unknown): DynamoDbLocalError {
  return new DynamoDbLocalError(
    'port-in-use',
    `DynamoDB Local cannot listen on port ${port}: it is in use or not allowed. Leave out \`port\` for a free one.`,
    { cause },
  )
}
