import { spawn } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as delay } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { LambdaResponse } from 'tailfold/lambda'
import { root } from '../../helpers/doc-blocks.ts'
import { leash } from './leash.ts'
import { type RuntimeFailure, startRuntimeApi } from './runtime-api.ts'

/** How an invocation ended. After the last two the environment is gone. */
export type InvocationEnd =
  | { readonly kind: 'answered'; readonly response: LambdaResponse }
  | RuntimeFailure
  /** Killed by the platform: its time was over. */
  | { readonly kind: 'timed-out' }
  /** The process ended: out of memory, say. */
  | { readonly kind: 'exited' }

/** What runs in an environment. */
export interface DeployedFunction {
  /** Folder with the artefact. */
  readonly taskRoot: string
  /** As in the template: `build/bank/handler.handler`. */
  readonly handler: string
  readonly variables: Readonly<Record<string, string | undefined>>
}

/**
 * One execution environment: a process with AWS's runtime client and the artefact, and its Runtime API. As on Lambda,
 * it takes one invocation at a time, and runs only while it starts and while an invocation is under way.
 */
export interface Environment {
  /** Milliseconds from the start of the process until it waited for its first invocation. */
  readonly initMs: number
  readonly pid: number
  /** Lines of its log. */
  readonly log: readonly string[]
  invoke(event: unknown, timeoutMs?: number): Promise<InvocationEnd>
  /** kill -9. */
  kill(): void
  /** Halts it amid an invocation, until `go`. */
  halt(): void
  go(): void
  /** False once it is gone. */
  isAlive(): boolean
  close(): Promise<void>
}

/** A start that failed: what the runtime reported, and its log. */
export class InitError extends Error {
  override readonly name = 'InitError'
  readonly log: readonly string[]
  constructor(message: string, log: readonly string[]) {
    super(message)
    this.log = log
  }
}

const preload = fileURLToPath(new URL('rapid-client.cjs', import.meta.url))
const runtimeClient = join(root, 'node_modules/aws-lambda-ric/index.mjs')
/** Flags and variables of the runtime nodejs24.x, as far as they matter here. */
const flags = ['--no-experimental-require-module', '--no-experimental-detect-module']
const runtimeVariables = {
  AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
  AWS_LAMBDA_FUNCTION_NAME: 'bank',
  AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
  AWS_LAMBDA_FUNCTION_MEMORY_SIZE: '512',
  AWS_LAMBDA_LOG_GROUP_NAME: '/aws/lambda/bank',
  AWS_LAMBDA_LOG_STREAM_NAME: '2026/07/10/[$LATEST]7f2c1d3e5b8a4c6f9e0d1a2b3c4d5e6f',
  AWS_REGION: 'local',
  AWS_DEFAULT_REGION: 'local',
}
const defaultTimeoutMs = 15_000

/** Starts an environment and waits until it is ready. Rejects with {@link InitError} when the runtime says it cannot be. */
export async function startEnvironment({
  taskRoot,
  handler,
  variables,
}: DeployedFunction): Promise<Environment> {
  const api = await startRuntimeApi(() => child.kill('SIGSTOP'))
  const startedAt = performance.now()
  const child = spawn(process.execPath, [...flags, '--require', preload, runtimeClient], {
    cwd: taskRoot,
    env: {
      ...runtimeVariables,
      ...variables,
      LAMBDA_TASK_ROOT: taskRoot,
      _HANDLER: handler,
      AWS_LAMBDA_RUNTIME_API: api.address,
    },
  })
  leash(child)
  const log: string[] = []
  for (const output of [child.stdout, child.stderr]) {
    createInterface({ input: output }).on('line', (line) => log.push(line))
  }
  let alive = true
  const ended = once(child, 'close').then(() => (alive = false))
  const exited = ended.then(() => ({ kind: 'exited' }) as const)

  async function close(): Promise<void> {
    child.kill('SIGKILL')
    await ended
    await api.close()
  }

  const failure = await Promise.race([api.started, exited])
  if (failure !== undefined) {
    // It ends by itself, and says why.
    if (failure.kind === 'failed') await ended
    await close()
    throw new InitError(failure.kind === 'failed' ? failure.errorMessage : log.join('\n'), log)
  }

  return {
    initMs: performance.now() - startedAt,
    pid: child.pid ?? 0,
    log,
    async invoke(event, timeoutMs = defaultTimeoutMs) {
      await Promise.race([api.idle(), exited])
      child.kill('SIGCONT')
      const timer = new AbortController()
      const timedOut = delay(timeoutMs, { kind: 'timed-out' } as const, { signal: timer.signal }).catch(
        () => exited,
      )
      const invocation = { requestId: randomUUID(), event, deadline: Date.now() + timeoutMs }
      const end = await Promise.race([api.invoke(invocation), exited, timedOut])
      timer.abort()
      if (end.kind === 'answered') return { kind: 'answered', response: end.answer as LambdaResponse }
      if (end.kind === 'failed') return end
      child.kill('SIGKILL')
      await ended
      return end
    },
    kill: () => void child.kill('SIGKILL'),
    halt: () => void child.kill('SIGSTOP'),
    go: () => void child.kill('SIGCONT'),
    isAlive: () => alive,
    close,
  }
}
