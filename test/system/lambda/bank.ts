import type { JournalAddress } from '../chaos/database.ts'
import type { ChaosAnswer, ChaosEntry, ChaosRequest } from '../chaos/history.ts'
import { judge } from '../chaos/verdict.ts'
import { type Artefact, buildArtefact } from './artefact.ts'
import { type BankEnvironment, startBankEnvironment } from './bank-environment.ts'
import type { InvocationEnd } from './environment.ts'
import { answerOf, commandEvent, type Gateway } from './messages.ts'

/** The deployed bank function, for one test after the other, and all that was sent to it. */
export interface Bank {
  /** So many environments that are alive and without faults: those of earlier tests, and new ones. */
  environments(count: number): Promise<readonly BankEnvironment[]>
  /** Sends a command to one environment. The same id again is the same command again. */
  send(environment: BankEnvironment, request: ChaosRequest, options?: SendOptions): Promise<Sent>
  /** What the journal does not bear out of all that clients were told. */
  violations(): Promise<readonly string[]>
  close(): Promise<void>
}

/** How a command is sent. */
export interface SendOptions {
  /** Default: an HTTP API. */
  readonly gateway?: Gateway
  /** Of the function. Default 15,000. */
  readonly timeoutMs?: number
}

/** What became of a command that was sent. */
export interface Sent {
  readonly end: InvocationEnd
  readonly answer: ChaosAnswer
}

/** Builds the artefact; environments start when they are asked for. */
export async function openBank(address: JournalAddress): Promise<Bank> {
  const artefact: Artefact = await buildArtefact()
  const history: ChaosEntry[] = []
  let environments: readonly BankEnvironment[] = []
  let step = 0

  function entryOf(request: ChaosRequest): ChaosEntry {
    const { entityId, commandId } = request
    const known = history.find((entry) => entry.entityId === entityId && entry.commandId === commandId)
    if (known !== undefined && commandId !== undefined) return known
    const entry = { ...request, sendings: [] }
    history.push(entry)
    return entry
  }

  return {
    async environments(count) {
      const alive = environments.filter((environment) => environment.isAlive())
      const gone = environments.filter((environment) => !environment.isAlive())
      const missing = Array.from({ length: Math.max(0, count - alive.length) }, () =>
        startBankEnvironment(artefact, address),
      )
      environments = [...alive, ...(await Promise.all(missing))]
      await Promise.all(gone.map((environment) => environment.close()))
      for (const { proxy } of alive) proxy.heal()
      return environments.slice(0, count)
    },
    async send(environment, request, { gateway = 'an HTTP API', timeoutMs } = {}) {
      const sending = {
        sentAt: ++step,
        answeredAt: Number.POSITIVE_INFINITY,
        answer: { kind: 'lost' } as const,
      }
      entryOf(request).sendings.push(sending)
      const end = await environment.invoke(commandEvent(request, gateway), timeoutMs)
      const answer = answerOf(end)
      Object.assign(sending, { answer, answeredAt: ++step })
      return { end, answer }
    },
    async violations() {
      await Promise.all(environments.map(({ proxy }) => proxy.settled()))
      const accounts = [...new Set(history.map(({ entityId }) => entityId))]
      return (await judge(address, accounts, history)).violations
    },
    async close() {
      await Promise.all(environments.map((environment) => environment.close()))
      artefact.remove()
    },
  }
}
