import type { Journal } from 'tailfold'
import { type App, createApp } from 'tailfold/http'
import { account } from '../../../functions/bank/account.ts'

/** The app that every runtime serves. */
export function bankApp(journal: Journal): App {
  return createApp({ journal, entities: [account], authorize: 'everybody', onWarning: () => {} })
}
