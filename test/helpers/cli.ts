import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

/** The file that `npx tailfold` starts. */
export const cliProgram: string = fileURLToPath(new URL('../../src/cli/tailfold.js', import.meta.url))

/** How a command ended. */
export interface CommandEnded {
  readonly exitCode: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `tailfold` as a process; nothing of the test run's own AWS settings, nor the machine's, reaches it. */
export function runCli(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<CommandEnded> {
  const inherited = Object.entries(process.env).filter(
    ([name]) => !/^(AWS_|DYNAMODB_|NODE_OPTIONS$|VITEST)/.test(name),
  )
  const noSettings = {
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_CONFIG_FILE: '/dev/null',
    AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
  }
  return ended(process.execPath, [cliProgram, ...args], {
    ...Object.fromEntries(inherited),
    ...noSettings,
    ...env,
  })
}

/** Runs a program in a folder until it ends. */
export async function ended(
  file: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  cwd?: string,
): Promise<CommandEnded> {
  const child = spawn(file, args, {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(cwd !== undefined && { cwd }),
  })
  const [stdout, stderr, [exitCode]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close') as Promise<[number | null]>,
  ])
  return { exitCode, stdout, stderr }
}
