// The bank behind the Lambda handler, with an event of a function URL for each request.
import { buffer } from 'node:stream/consumers'
import { lambdaHandler } from 'tailfold/lambda'
import { functionUrlEvent, invocationContext } from 'tailfold/testing'
import { openBank } from './open-bank.ts'
import { serve } from './serve.ts'

const handler = lambdaHandler(openBank())

serve(async (request, response) => {
  const { method = 'GET', url = '/', headers } = request
  const [path = '/', query = ''] = url.split('?')
  const body = method === 'POST' ? await buffer(request) : undefined
  const event = functionUrlEvent({
    method,
    path,
    query,
    headers: headers as Record<string, string>,
    ...(body !== undefined && { body }),
  })
  // Lambda passes both on as JSON.
  const {
    statusCode,
    headers: answered,
    body: text,
  } = await handler(JSON.parse(JSON.stringify(event)) as unknown, invocationContext())
  response.writeHead(statusCode, answered).end(text)
})
