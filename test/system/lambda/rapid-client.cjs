'use strict'

// Preloaded by environment.ts. AWS's runtime client for Node.js speaks to the Runtime API through a compiled client,
// which an install without a C++ compiler lacks; this one, over node:http, is loaded in its place.
const { Agent, request } = require('node:http')
const { registerHooks } = require('node:module')
const { text } = require('node:stream/consumers')
const { pathToFileURL } = require('node:url')

const base = `http://${process.env['AWS_LAMBDA_RUNTIME_API']}/2018-06-01/runtime/invocation`
const agent = new Agent({ keepAlive: true, maxSockets: 1 })
/** The compiled client posts before it returns: the next request waits for the last. */
let posted = Promise.resolve()

async function send(method, path, body) {
  const { promise, resolve, reject } = Promise.withResolvers()
  const headers = { 'content-type': 'application/json' }
  request(`${base}/${path}`, { method, agent, headers }, resolve).on('error', reject).end(body)
  const response = await promise
  return { bodyJson: await text(response), headers: response.headers }
}

function post(path, body) {
  posted = posted.then(() => send('POST', path, body))
}

module.exports = {
  initializeClient() {},
  next: () => posted.then(() => send('GET', 'next')),
  done: (id, body) => post(`${id}/response`, body),
  error: (id, body) => post(`${id}/error`, body),
}

registerHooks({
  resolve: (specifier, context, nextResolve) =>
    specifier === './rapid-client.node'
      ? { url: pathToFileURL(__filename).href, format: 'commonjs', shortCircuit: true }
      : nextResolve(specifier, context),
})
