import { createEngine, type HistoryReader, InMemoryJournal, type StateAt, systemPlatform } from 'tailfold'
import { type AuditEvent, type AuditPage, readEvents, readPast } from 'tailfold/history'
import { describe, expectTypeOf, test } from 'vitest'
import { type AccountEvent, type AccountState, account } from '../../functions/bank/account.ts'

const reader = createEngine(account, { journal: new InMemoryJournal(), platform: systemPlatform }).reader()

describe('a reader of history', () => {
  test('has state and events of the definition', () => {
    expectTypeOf(reader).toEqualTypeOf<HistoryReader<AccountState, AccountEvent>>()
    expectTypeOf(readPast(reader, 'a', { revision: 1 })).resolves.toEqualTypeOf<
      StateAt<AccountState> | undefined
    >()
    expectTypeOf(reader.recover(reader.key('a'))).resolves.toEqualTypeOf<StateAt<AccountState>>()
  })

  test('is one of any', () => {
    const any: HistoryReader = reader
    expectTypeOf(readPast(any, 'a', { revision: 1 })).resolves.toEqualTypeOf<StateAt | undefined>()
    expectTypeOf(readEvents(any, 'a', { limit: 1 })).resolves.toEqualTypeOf<AuditPage>()
  })
})

test('readEvents tells the events of the definition apart by their type', async () => {
  const { events } = await readEvents(reader, 'a', { limit: 10 })
  expectTypeOf(events).toEqualTypeOf<ReadonlyArray<AuditEvent<AccountEvent>>>()
  for (const event of events) {
    expectTypeOf(event.type).toEqualTypeOf<'Deposited' | 'Withdrawn'>()
    if (event.type === 'Deposited') expectTypeOf(event.payload.amount).toEqualTypeOf<number>()
    // @ts-expect-error the type is beside the payload
    void event.payload.type
    // @ts-expect-error no such event
    void (event.type === 'Stolen')
  }
})

test('without a definition an event is any', () => {
  const event = {} as AuditEvent
  expectTypeOf(event.type).toEqualTypeOf<string>()
  expectTypeOf(event.payload).toEqualTypeOf<unknown>()
})
