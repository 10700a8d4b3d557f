import type { JournalAddress } from '../chaos/database.ts'
import { type FaultProxy, startFaultProxy } from '../../helpers/fault-proxy.ts'
import type { Artefact } from './artefact.ts'
import { type Environment, startEnvironment } from './environment.ts'

/** An environment of the bank function with a proxy of its own between it and DynamoDB. */
export interface BankEnvironment extends Environment {
  readonly proxy: FaultProxy
}

/** Starts the bank function over a journal. */
export async function startBankEnvironment(
  artefact: Artefact,
  { endpoint, accessKeyId, tableName }: JournalAddress,
): Promise<BankEnvironment> {
  const proxy = await startFaultProxy(endpoint)
  const variables = {
    TAILFOLD_TABLE: tableName,
    TAILFOLD_ROWS_TABLE: `${tableName}-rows`,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: 'secret',
    AWS_SESSION_TOKEN: 'token',
    AWS_ENDPOINT_URL_DYNAMODB: proxy.endpoint,
  }
  try {
    const environment = await startEnvironment({ ...artefact, variables })
    return {
      ...environment,
      proxy,
      async close() {
        await environment.close()
        await proxy.settled()
        await proxy.close()
      },
    }
  } catch (error) {
    await proxy.close()
    throw error
  }
}
