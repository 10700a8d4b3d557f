import { type ChildProcess, spawn } from 'node:child_process'
import type { Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { DynamoDbLocalError } from './errors.ts'
import type { LifelineMessage, LifelineTask } from './lifeline.ts'

const keptOutputChars = 4_000
const stopTimeoutMs = 5_000

/** A Java process under its lifeline. */
export interface ServerProcess {
  /** The version the jar gives of itself. Rejects with a {@link DynamoDbLocalError} when the server fails first. */
  readonly version: Promise<string>
  /** Never resolves; rejects with a {@link DynamoDbLocalError} when the server ends without being stopped. */
  readonly failure: Promise<never>
  /** Ends Java and waits until it is gone. May be called any number of times. */
  stop(): Promise<void>
  /** Lets the Node.js process that started the server end while the server runs. */
  unref(): void
}

/** Starts Java under its lifeline; it does not answer requests yet when this returns. */
export function startServerProcess(task: LifelineTask): ServerProcess {
  const child = spawn(process.execPath, [lifelineFile(), JSON.stringify(task)], {
    stdio: ['pipe', 'pipe', 'pipe'],
    env: withoutNodeOptions(process.env),
    // A process group of its own: Ctrl-C reaches the test run alone, which may still need its database to end well.
    detached: process.platform !== 'win32',
    windowsHide: true,
  })
  const output = keepOutput(child)
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()))
  // Writing to a lifeline that is already gone is no news: `exited` tells.
  child.stdin.on('error', () => {})

  const version = Promise.withResolvers<string>()
  const failure = Promise.withResolvers<never>()
  const fail = (code: string | undefined, message: string): void => {
    const error = explain(code, message, output(), task.port)
    version.reject(error)
    failure.reject(error)
  }
  let told: (LifelineMessage & { event: 'failed' }) | undefined
  createInterface({ input: child.stdout }).on('line', (line) => {
    const message = JSON.parse(line) as LifelineMessage
    if (message.event === 'version') version.resolve(message.version)
    else told = message
  })
  child.once('error', (error: NodeJS.ErrnoException) => fail(undefined, error.message))
  void exited.then(() => fail(told?.code, told?.message ?? 'its process ended'))
  // Both are awaited only while the server starts.
  version.promise.catch(() => {})
  failure.promise.catch(() => {})

  return {
    version: version.promise,
    failure: failure.promise,
    async stop() {
      child.stdin.end()
      const timer = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
      await exited
      clearTimeout(timer)
    },
    unref() {
      child.unref()
      for (const pipe of [child.stdin, child.stdout, child.stderr]) (pipe as Socket).unref()
    },
  }
}

// Node.js runs this folder from TypeScript source and from the build alike.
function lifelineFile(): string {
  const name = import.meta.url.endsWith('.ts') ? './lifeline.ts' : './lifeline.js'
  return fileURLToPath(new URL(name, import.meta.url))
}

// Flags meant for the caller, as --inspect-brk, would hold or break the lifeline.
function withoutNodeOptions(environment: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...environment, NODE_OPTIONS: undefined }
}

function keepOutput(child: ChildProcess): () => string {
  let kept = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    kept = (kept + text).slice(-keptOutputChars)
  })
  return () => kept.trim()
}

function explain(
  code: string | undefined,
  message: string,
  output: string,
  port: number,
): DynamoDbLocalError {
  const cause = new Error(output === '' ? message : `${message}\n${output}`)
  // The last is what the `java` of macOS says when it is only a placeholder.
  const noJava = /UnsupportedClassVersionError|Unable to locate a Java Runtime/
  if (code === 'ENOENT' || noJava.test(output)) {
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
