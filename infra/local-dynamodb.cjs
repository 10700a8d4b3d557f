'use strict'

const { registerHooks } = require('node:module')

/** How often it is checked whether the npm that started this is still there. */
const parentCheckMs = 500

/**
 * Gives `serverless offline` a DynamoDB Local with the tables of journal and rows: that of DYNAMODB_ENDPOINT, else one of its own,
 * which ends with this process however that ends. Never AWS.
 */
module.exports = class LocalDynamoDb {
  constructor(serverless, _options, { log }) {
    this.serverless = serverless
    this.log = log
    this.hooks = {
      'before:offline:start': () => this.start(),
      'before:offline:start:init': () => this.start(),
    }
  }

  async start() {
    // npm passes a SIGTERM on to the shell between it and this process, and the shell ends without telling anybody.
    const parent = process.ppid
    if (process.env.npm_lifecycle_event !== undefined) {
      setInterval(
        () => process.ppid !== parent && process.kill(process.pid, 'SIGTERM'),
        parentCheckMs,
      ).unref()
    }
    const { service, classes } = this.serverless
    try {
      await this.openTables(service.custom, service.provider.region)
    } catch (error) {
      const wayOut = error.code === 'java-missing' ? ' Set DYNAMODB_ENDPOINT to its address.' : ''
      throw new classes.Error(error.message + wayOut, 'LOCAL_DYNAMODB')
    }
  }

  async openTables({ tableName, rowsTableName }, region) {
    // The source, with its `#bytes`: this repository may not have been built. In an application: 'tailfold/dynamodb' and
    // 'tailfold/testing/dynamodb-local'.
    registerHooks({
      resolve: (specifier, context, next) =>
        next(specifier, { ...context, conditions: [...context.conditions, 'tailfold-source'] }),
    })
    const { createTable, dynamoDbClient } = await import('../src/stores/dynamodb/index.ts')
    const { createRowsTable } = await import('../src/stores/dynamodb/rows/index.ts')
    const { endpoint, where } = await findDatabase()
    // The functions are given every variable that begins with AWS_. DynamoDB Local keeps a database for each pair of
    // access key and region.
    Object.assign(process.env, {
      AWS_ENDPOINT_URL_DYNAMODB: endpoint,
      AWS_ACCESS_KEY_ID: 'local',
      AWS_SECRET_ACCESS_KEY: 'local',
    })
    delete process.env.AWS_SESSION_TOKEN
    const client = dynamoDbClient({ region, endpoint })
    await createTable(client, tableName)
    await createRowsTable(client, rowsTableName)
    client.destroy()
    this.log.notice(`Data: table ${tableName} in ${where}`)
  }
}

async function findDatabase() {
  const given = process.env.DYNAMODB_ENDPOINT
  if (given) return { endpoint: given, where: given }
  const { startDynamoDbLocal } = await import('../src/testing/dynamodb-local/index.ts')
  const { endpoint, version } = await startDynamoDbLocal()
  return { endpoint, where: `DynamoDB Local ${version} at ${endpoint}: gone when the server stops` }
}
