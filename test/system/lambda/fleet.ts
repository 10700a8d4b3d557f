import type { JournalAddress } from '../chaos/database.ts'
import type { ChaosAnswer, ChaosRequest } from '../chaos/history.ts'
import type { Artefact } from './artefact.ts'
import { type BankEnvironment, startBankEnvironment } from './bank-environment.ts'
import { answerOf, commandEvent, type Gateway, gateways } from './messages.ts'
import { strikes } from './strikes.ts'

/** The function under load: so many environments at most, replaced when they are gone. Whoever starts it stops it. */
export interface Fleet {
  /** Has an environment that is free carry it out; one in so many is struck while it does. */
  execute(request: ChaosRequest): Promise<ChaosAnswer>
  /** Milliseconds that each environment took to start. */
  readonly initMs: readonly number[]
  /** Milliseconds from the first event of each environment to its answer. */
  readonly firstAnswerMs: readonly number[]
  /** How often each strike met a request. */
  readonly struck: ReadonlyMap<string, number>
  /** Invocations that were not answered, and for no reason. */
  readonly unanswered: readonly string[]
  stop(): Promise<void>
}

/** What a fleet is made of. */
export interface FleetOptions {
  readonly artefact: Artefact
  readonly address: JournalAddress
  readonly environments: number
  readonly random: () => number
}

/** Of the invocations. */
const struckShare = 0.2
/** Of the function: 500 ms of it are kept back for the answer. */
const timeoutMs = 2_000

/** Starts a fleet; its environments start when they are needed. */
export function startFleet({ artefact, address, environments, random }: FleetOptions): Fleet {
  const free: Array<BankEnvironment | undefined> = Array.from({ length: environments })
  const waiting: Array<(environment: BankEnvironment | undefined) => void> = []
  const gone: Array<Promise<void>> = []
  const initMs: number[] = []
  const firstAnswerMs: number[] = []
  const struck = new Map<string, number>()
  const unanswered: string[] = []

  function freeOne(): Promise<BankEnvironment | undefined> {
    return new Promise((resolve) => {
      if (free.length > 0) resolve(free.pop())
      else waiting.push(resolve)
    })
  }

  async function start(): Promise<BankEnvironment> {
    const environment = await startBankEnvironment(artefact, address)
    initMs.push(environment.initMs)
    return environment
  }

  function giveBack(environment: BankEnvironment): void {
    if (!environment.isAlive()) gone.push(environment.close())
    const next = environment.isAlive() ? environment : undefined
    const first = waiting.shift()
    if (first === undefined) free.push(next)
    else first(next)
  }

  function pick<Value>(values: readonly Value[]): Value {
    return values[Math.floor(random() * values.length)] as Value
  }

  return {
    initMs,
    firstAnswerMs,
    struck,
    unanswered,
    async execute(request) {
      const warm = await freeOne()
      const environment = warm ?? (await start())
      const { proxy } = environment
      const strike = random() < struckShare ? pick(strikes) : undefined
      let met = false
      if (strike !== undefined) {
        const fault = strike.fault(environment, random)
        proxy.plan(strike.operation, (exchange) => {
          met = true
          struck.set(strike.name, (struck.get(strike.name) ?? 0) + 1)
          return fault(exchange)
        })
      }
      const gateway = pick(Object.keys(gateways) as Gateway[])
      const sentAt = performance.now()
      const end = await environment.invoke(commandEvent(request, gateway), timeoutMs)
      if (warm === undefined && strike === undefined) firstAnswerMs.push(performance.now() - sentAt)
      proxy.heal()
      if (end.kind !== 'answered' && !(met && strike?.ends)) {
        unanswered.push(`${request.command.type} behind ${gateway}: ${JSON.stringify(end)}, ${strike?.name}`)
      }
      giveBack(environment)
      return answerOf(end)
    },
    async stop() {
      await Promise.all([...free.map((environment) => environment?.close()), ...gone])
    },
  }
}
