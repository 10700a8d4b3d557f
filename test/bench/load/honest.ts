import { sendOverLoopback } from '../../helpers/http-drivers.ts'
import { percentile } from '../measure/statistics.ts'

/** What callers that do nothing wrong saw of a server. Times in milliseconds, a new connection for each request included. */
export interface Service {
  readonly requests: number
  /** Requests that were answered as they have to be. */
  readonly served: number
  readonly p50Ms: number
  readonly p99Ms: number
}

const callers = 4
const pauseMs = 5

/** Deposits and reads, each caller at an account of its own, for so many milliseconds. */
export async function behaveWell(port: number, ms: number): Promise<Service> {
  const until = performance.now() + ms
  const times: number[] = []
  let served = 0

  async function ask(expected: number, request: Parameters<typeof sendOverLoopback>[1]): Promise<void> {
    const startedAt = performance.now()
    const status = await sendOverLoopback(port, request).then(
      (answer) => answer.status,
      () => undefined,
    )
    times.push(performance.now() - startedAt)
    if (status === expected) served += 1
  }

  async function caller(path: string): Promise<void> {
    while (performance.now() < until) {
      const headers = { 'content-type': 'application/json' }
      await ask(204, { method: 'POST', path: `${path}/Deposit`, headers, body: '{"amount":1}' })
      await ask(200, { method: 'GET', path })
      await new Promise((resolve) => setTimeout(resolve, pauseMs))
    }
  }

  await Promise.all(Array.from({ length: callers }, (_, at) => caller(`/account/honest-${at}`)))
  const [p50Ms, p99Ms] = [percentile(times, 50), percentile(times, 99)]
  return { requests: times.length, served, p50Ms, p99Ms }
}
