import { jsonResponse } from '../response.ts'
import type { ServerRoute } from '../route.ts'

/** `GET /health`: open to every caller; reads no journal. */
export const healthRoute: ServerRoute = {
  of: 'server',
  path: '/health',
  method: 'GET',
  problems: [],
  handle: () => jsonResponse(200, { status: 'ok' }),
  describe: () => ({
    name: 'health',
    summary: 'Reports that the server answers; reads no journal',
    answers: {
      200: {
        description: 'The server answers.',
        schema: { type: 'object', properties: { status: { const: 'ok' } } },
      },
    },
  }),
}
