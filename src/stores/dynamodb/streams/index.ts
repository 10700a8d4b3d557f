export { type DynamoDbStreamFeedOptions, dynamoDbStreamFeed } from './feed.ts'
