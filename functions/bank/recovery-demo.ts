import { ActorSystem, Behaviors, InMemoryJournal } from 'tailfold'
import { account } from './account.ts'

const journal = new InMemoryJournal()
const bankAccount = (entityId: string) => Behaviors.eventSourced({ ...account, entityId, journal })

// Phase 1: a new account, two deposits.
{
  await using system = new ActorSystem({ name: 'bank' })
  const acc = system.spawn(bankAccount('acc-001'), 'account')
  acc.tell({ type: 'Deposit', amount: 1000 })
  acc.tell({ type: 'Deposit', amount: 500 })
  const { balance, txCount } = await system.ask(acc, { type: 'GetBalance' }, 2000)
  console.log(`Balance: ${balance}, transactions: ${txCount}`)
}

// Phase 2: a new system and a new actor; all they share with the first is the journal.
{
  await using system = new ActorSystem({ name: 'bank' })
  const acc = system.spawn(bankAccount('acc-001'), 'account')
  const { balance, txCount } = await system.ask(acc, { type: 'GetBalance' }, 2000)
  console.log(`Recovered balance: ${balance}, transactions: ${txCount}`)
}
