export { DynamoDbLocalError, type DynamoDbLocalErrorCode } from './errors.ts'
export { type DynamoDbLocal, type DynamoDbLocalOptions, startDynamoDbLocal } from './start.ts'
