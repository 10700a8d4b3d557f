import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { httpApiEvent } from 'tailfold/testing'

/** The first invocation in a new process, in milliseconds; the start of Node.js itself is left out. */
export interface ColdStart {
  readonly importMs: number
  readonly callMs: number
  readonly sumMs: number
}

const deposit = httpApiEvent({
  method: 'POST',
  path: '/account/acc-001/Deposit',
  headers: { 'content-type': 'application/json' },
  body: '{"amount":100}',
})

/** As the runtime of Lambda does: CommonJS is required, for to import it takes longer. */
const program = `
  const require = process.getBuiltinModule('node:module').createRequire('/')
  const [file, event] = process.argv.slice(1)
  const start = performance.now()
  const { handler } = file.endsWith('.cjs') ? require(file) : await import(file)
  const imported = performance.now()
  const { statusCode } = await handler(JSON.parse(event), { awsRequestId: 'r-1', getRemainingTimeInMillis: () => 15000 })
  const answered = performance.now()
  console.log(JSON.stringify({ statusCode, importMs: imported - start, callMs: answered - imported }))
  process.exit()`

/** Imports the handler in a new process and lets it carry out one deposit. Rejects unless that succeeds. */
export async function coldStart(handlerFile: string, endpoint: string): Promise<ColdStart> {
  const env = {
    TAILFOLD_TABLE: 'journal',
    TAILFOLD_ROWS_TABLE: 'journal-rows',
    AWS_REGION: 'eu-central-1',
    AWS_ACCESS_KEY_ID: 'key',
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_ENDPOINT_URL_DYNAMODB: endpoint,
  }
  const args = ['--input-type=module', '--eval', program, handlerFile, JSON.stringify(deposit)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { env })
  const { statusCode, importMs, callMs } = JSON.parse(lastLineOf(stdout)) as Omit<ColdStart, 'sumMs'> & {
    statusCode: number
  }
  if (statusCode >= 300) throw new Error(`${handlerFile} answered with status ${statusCode}.`)
  return { importMs, callMs, sumMs: importMs + callMs }
}

/** Above it stands what the handler logs. */
function lastLineOf(text: string): string {
  return text.trimEnd().split('\n').at(-1) ?? ''
}
