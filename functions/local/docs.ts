import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { App, HttpResponse } from 'tailfold/http'

const page = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Tailfold examples</title>
<link rel="icon" href="data:,">
<link rel="stylesheet" href="/docs/swagger-ui.css">
<div id="page"></div>
<script src="/docs/swagger-ui-bundle.js"></script>
<script src="/docs/start.js"></script>
`

const start = `SwaggerUIBundle({ url: '/openapi.json', dom_id: '#page', tryItOutEnabled: true, validatorUrl: 'none' })`

/** Nothing from elsewhere, and in no frame: a page around it could make its reader send commands. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "connect-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** The app with a page at `/docs` that shows its `/openapi.json` and sends requests: Swagger UI from `node_modules`. */
export function withDocs(app: App): App {
  return {
    ...app,
    async handle(request) {
      const isRead = request.method === 'GET' || request.method === 'HEAD'
      const response = isRead ? documentAt(request.path) : undefined
      if (response === undefined) return app.handle(request)
      return request.method === 'HEAD' ? { ...response, body: undefined } : response
    },
  }
}

function documentAt(path: string): HttpResponse | undefined {
  switch (path) {
    case '/docs':
      return respond('text/html', page)
    case '/docs/start.js':
      return respond('text/javascript', start)
    case '/docs/swagger-ui-bundle.js':
      return respond('text/javascript', swaggerUi('swagger-ui-bundle.js'))
    case '/docs/swagger-ui.css':
      return respond('text/css', swaggerUi('swagger-ui.css'))
    default:
      return undefined
  }
}

function respond(type: string, body: string): HttpResponse {
  const headers = {
    'content-type': `${type}; charset=utf-8`,
    'content-security-policy': policy,
    'x-content-type-options': 'nosniff',
  }
  return { status: 200, headers, body }
}

function swaggerUi(file: string): string {
  const folder = dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'))
  return readFileSync(join(folder, file), 'utf8')
}
