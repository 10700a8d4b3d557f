// The bank as an HTTP function of Azure: with the request and response classes of its package, mounted below `/api`.
import { buffer } from 'node:stream/consumers'
import { HttpRequest, HttpResponse } from '@azure/functions'
import { azureFunction } from '../../../docs/examples/azure-function.ts'
import { openBank } from './open-bank.ts'
import { serve } from './serve.ts'

const handle = azureFunction(openBank())

serve(async (request, response) => {
  const { method = 'GET', url = '/', headers } = request
  const bytes = await buffer(request)
  const received = new HttpRequest({
    method,
    url: `https://bank.azurewebsites.net/api${url}`,
    headers: headers as Record<string, string>,
    ...(bytes.length > 0 && { body: { bytes } }),
  })
  const answer = new HttpResponse(await handle(received))
  const body = Buffer.from(await answer.arrayBuffer())
  response.writeHead(answer.status, Object.fromEntries(answer.headers)).end(body)
})
