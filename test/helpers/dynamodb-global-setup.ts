import { get } from 'node:http'
import type { TestProject } from 'vitest/node'
// Not by the package's name: a global setup would find what was built, which a fresh checkout does not have.
import { DynamoDbLocalError, startDynamoDbLocal } from '../../src/testing/dynamodb-local/index.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Address of the DynamoDB the tests run against; each worker uses an access key of its own. */
    endpoint: string
  }
}

/** Starts one DynamoDB Local for the run, or takes the running one that DYNAMODB_ENDPOINT names. */
export async function setup(project: TestProject): Promise<() => Promise<void>> {
  const given = process.env['DYNAMODB_ENDPOINT']
  if (given !== undefined && given !== '') {
    await mustAnswer(given)
    console.log(`DynamoDB at ${given} (DYNAMODB_ENDPOINT)`)
    project.provide('endpoint', given)
    return async () => {}
  }
  const server = await startDynamoDbLocal().catch((error: unknown) => {
    throw withWaysOut(error)
  })
  console.log(`DynamoDB Local ${server.version} on ${server.endpoint}`)
  project.provide('endpoint', server.endpoint)
  return () => server.stop()
}

function withWaysOut(error: unknown): unknown {
  if (error instanceof DynamoDbLocalError && error.code === 'java-missing') {
    error.message += ' Set DYNAMODB_ENDPOINT to its address, or run `npm run test:unit`, which needs none.'
  }
  return error
}

function mustAnswer(endpoint: string): Promise<void> {
  return new Promise((resolve, reject) => {
    get(endpoint, { agent: false, timeout: 5_000 }, (response) => {
      response.resume()
      resolve()
    })
      .once('timeout', () => reject(new Error(`DYNAMODB_ENDPOINT ${endpoint} does not answer.`)))
      .once('error', (cause) =>
        reject(new Error(`DYNAMODB_ENDPOINT ${endpoint} does not answer.`, { cause })),
      )
  })
}
