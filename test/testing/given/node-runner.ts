import { test } from 'node:test'
import { given } from 'tailfold/testing'
import { account } from '../../../functions/bank/account.ts'

const withdraw = given(account, [{ type: 'Deposited', amount: 100 }]).when({ type: 'Withdraw', amount: 70 })

void test('holds', () => withdraw.then({ reply: 'ok' }))
void test('fails', () => withdraw.then({ reply: 'no' }))
