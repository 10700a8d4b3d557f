import { createEngine, isTailfoldError, type Journal, systemPlatform } from 'tailfold'
import { verify } from 'tailfold/history'
import { expect, test } from 'vitest'
import { account } from '../../functions/bank/account.ts'
import { command } from './bank.ts'

/** What is used of a release: the part of its API that both have. */
export interface Release {
  readonly createEngine: (definition: typeof account, options: object) => ReleaseEngine
  readonly systemPlatform: object
  readonly sqliteJournal: (options: { file: string }) => { close(): void }
  readonly dynamoDbJournal: (options: { client: unknown; tableName: string }) => object
}

interface ReleaseEngine {
  execute(
    id: string,
    sent: object,
    options?: object,
  ): Promise<{ readonly revision: number; readonly replayed: boolean }>
  read(id: string): Promise<{ readonly revision: number; readonly state: unknown }>
  idle(): Promise<void>
}

/** Tailfold 0.1.0, as it was released. */
export async function release010(): Promise<Release> {
  const file = new URL('../golden/release-0.1.0/tailfold.mjs', import.meta.url).href
  return (await import(file)) as Release
}

/** One journal as each of the two opens it. */
export interface BothJournals {
  readonly release: Release
  readonly theirs: object
  readonly ours: Journal
}

/** Tests of a 0.1.0 process and one of today on the same data. */
export function sideBySide(open: () => BothJournals): void {
  const cold = () => {
    const { release, theirs, ours } = open()
    return {
      theirs: () => release.createEngine(account, { journal: theirs, platform: release.systemPlatform }),
      ours: (): ReleaseEngine => createEngine(account, { journal: ours, platform: systemPlatform }),
      journal: ours,
    }
  }

  test('commands of both in turn, warm and cold, make one history', async () => {
    const both = cold()
    const warm = [both.theirs(), both.ours()] as const
    for (let n = 0; n < 24; n++) {
      const engine =
        n % 3 === 2 ? (n % 2 === 0 ? both.theirs() : both.ours()) : (warm[n % 2] as ReleaseEngine)
      expect(await engine.execute('turns', command.deposit(1))).toMatchObject({ revision: n + 1 })
    }
    for (const engine of [both.theirs(), both.ours()]) {
      expect(await engine.read('turns')).toMatchObject({ revision: 24, state: { balance: 24, txCount: 24 } })
    }
    expect(await verify(account, both.journal, 'turns')).toMatchObject({ revision: 24, sequenceNr: 24 })
  })

  test('a repeat of an id that 0.1.0 recorded is answered, and not carried out', async () => {
    const both = cold()
    for (let n = 1; n <= 40; n++) {
      await both.theirs().execute('theirs', command.deposit(1), { commandId: `c${n}` })
    }
    for (const n of [1, 8, 9, 40]) {
      expect(await both.ours().execute('theirs', command.deposit(1), { commandId: `c${n}` })).toMatchObject({
        revision: n,
        replayed: true,
      })
    }
    expect((await both.ours().read('theirs')).state).toMatchObject({ balance: 40 })
  })

  test('a repeat of an id that 0.1.0 recorded for a principal is answered to that principal alone', async () => {
    const both = cold()
    const sent = [command.deposit(1), { commandId: 'c1', principal: { id: 'alice' } }] as const
    await both.theirs().execute('principals', ...sent)
    expect(await both.ours().execute('principals', ...sent)).toMatchObject({ revision: 1, replayed: true })
    const other = { commandId: 'c1', principal: { id: 'bob' } }
    expect(await both.ours().execute('principals', command.deposit(1), other)).toMatchObject({
      revision: 2,
      replayed: false,
    })
  })

  test('a repeat of an id of today is refused by 0.1.0 and not carried out twice', async () => {
    const both = cold()
    await both.ours().execute('ours', command.deposit(1), { commandId: 'c1' })
    const error: unknown = await both
      .theirs()
      .execute('ours', command.deposit(1), { commandId: 'c1' })
      .catch((reason: unknown) => reason)
    expect(isTailfoldError(error, 'command-id-reused')).toBe(true)
    expect(await both.ours().execute('ours', command.deposit(1), { commandId: 'c1' })).toMatchObject({
      replayed: true,
    })
    expect((await both.theirs().read('ours')).state).toMatchObject({ balance: 1 })
  })
}
