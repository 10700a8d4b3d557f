import {
  type DurableObjectNamespace,
  durableObjectJournal,
  entityObject,
  entityObjects,
} from 'tailfold/cloudflare'
import { bankApp } from './bank-app.ts'

interface Env {
  readonly ACCOUNTS: DurableObjectNamespace
}

export class Accounts extends entityObject<Env>((storage) => bankApp(durableObjectJournal({ storage }))) {}

export default entityObjects<Env>((env) => env.ACCOUNTS)
