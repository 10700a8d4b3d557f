import { createClient } from '@libsql/client/web'
import { libsqlJournal } from 'tailfold/libsql'
import type { App } from 'tailfold/http'
import { bankApp } from '../workers/bank-app.ts'

/** The bank on the libSQL server of `DATABASE`, over `fetch`. */
export function openBank(): App {
  return bankApp(libsqlJournal({ client: createClient({ url: process.env['DATABASE'] ?? '' }) }))
}
