import { setTimeout as delay } from 'node:timers/promises'
import { recentCommandsKept } from '../../../src/core/journal/recent-commands.ts'
import { type ChaosAnswer, type ChaosEntry, type ChaosRequest, isAcknowledgement } from './history.ts'

/** The load on a pool of workers. */
export interface ClientOptions {
  readonly clients: number
  readonly accounts: readonly string[]
  readonly random: () => number
  /** False when no new command is to be sent. */
  readonly goesOn: () => boolean
  readonly execute: (request: ChaosRequest) => Promise<ChaosAnswer>
}

/** Of the commands without an answer, so many are not sent again. */
const abandonedShare = 0.15
/** Of the answered ones, so many are asked again, */
const repeatedShare = 0.1
/** and so many are sent twice at once. */
const doubledShare = 0.05
const queryShare = 0.15
/** Of the others; so many are deposits that withdrawals are granted and refused. */
const depositShare = 0.5
const longestPauseMs = 20

/**
 * How many ids may follow one in the journal before it is sent for the last time. The promise ends with the window of
 * remembered ids, so clients keep within it; the rest is for commands of killed processes that are still on their way.
 */
const followersAllowed = recentCommandsKept - 6

/** Clients that each send one command after the other; returns all that was sent and told. */
export async function runClients(options: ClientOptions): Promise<readonly ChaosEntry[]> {
  const { clients, accounts, random, goesOn, execute } = options
  const entries: ChaosEntry[] = []
  /** Commands with an id that may be sent again, and how many others may follow each in the journal. */
  const open = new Map<ChaosEntry, { followers: number }>()
  let step = 0

  const openOf = (entityId: string) => [...open].filter(([entry]) => entry.entityId === entityId)

  function newCommand(): ChaosRequest['command'] {
    if (random() < queryShare) return { type: 'GetBalance' }
    const amount = 1 + Math.floor(random() * 100)
    return random() < depositShare ? { type: 'Deposit', amount } : { type: 'Withdraw', amount }
  }

  function newEntry(entityId: string): ChaosEntry {
    const command = newCommand()
    const commandId = command.type === 'GetBalance' ? undefined : `c-${entries.length}`
    const entry: ChaosEntry = { entityId, command, commandId, sendings: [] }
    if (commandId !== undefined) {
      const others = openOf(entityId)
      for (const [, other] of others) other.followers += 1
      open.set(entry, { followers: others.length })
    }
    entries.push(entry)
    return entry
  }

  async function send(entry: ChaosEntry): Promise<boolean> {
    const { entityId, command, commandId } = entry
    const sending = {
      sentAt: ++step,
      answeredAt: Number.POSITIVE_INFINITY,
      answer: { kind: 'lost' } as const,
    }
    entry.sendings.push(sending)
    const answer = await execute({ entityId, command, commandId })
    Object.assign(sending, { answer, answeredAt: ++step })
    return isAcknowledgement(answer)
  }

  async function carryOut(entry: ChaosEntry): Promise<void> {
    if (entry.commandId === undefined) {
      await send(entry)
      return
    }
    const doubled = random() < doubledShare
    let answered = (await Promise.all(doubled ? [send(entry), send(entry)] : [send(entry)])).includes(true)
    while (!answered && random() >= abandonedShare) answered = await send(entry)
    if (answered && random() < repeatedShare) {
      await delay(random() * longestPauseMs)
      await send(entry)
    }
  }

  async function client(): Promise<void> {
    while (goesOn()) {
      const entityId = accounts[Math.floor(random() * accounts.length)] as string
      if (openOf(entityId).some(([, { followers }]) => followers >= followersAllowed)) {
        await delay(1)
        continue
      }
      const entry = newEntry(entityId)
      await carryOut(entry)
      open.delete(entry)
    }
  }

  await Promise.all(Array.from({ length: clients }, client))
  return entries
}
