import { gunzipSync } from 'node:zlib'
import type { KeyValueJournal } from 'tailfold'
import type { App, Authorize, HttpRequest, HttpResponse } from 'tailfold/http'
import { authorize } from './admission.ts'
import { socketWay, type Way } from './ways.ts'
import type { Patch } from './world.ts'

/** An app with one rule broken. */
export interface PlantedBug {
  /** What it does wrong, after "an app". */
  readonly name: string
  readonly patch: Patch
  /** Of the violation that must be found. */
  readonly rule: RegExp
  /** Default: the app itself. */
  readonly way?: Way
}

/** What it is asked is changed first. */
const asking = (change: (request: HttpRequest) => HttpRequest): Patch => ({
  app: (app) => ({ ...app, handle: (request) => app.handle(change(request)) }),
})

/** What it answers is changed. */
const answering = (change: (answer: HttpResponse, request: HttpRequest) => HttpResponse): Patch => ({
  app: (app) => ({ ...app, handle: async (request) => change(await app.handle(request), request) }),
})

/** Whom it lets in is changed. */
const admitting = (change: (own: Authorize) => Authorize): Patch => ({
  options: (own) => ({ ...own, authorize: change(own.authorize as Authorize) }),
})

const without = (...names: readonly string[]) =>
  asking((request) => ({
    ...request,
    headers: Object.fromEntries(Object.entries(request.headers).filter(([name]) => !names.includes(name))),
  }))

function inflated(request: HttpRequest): HttpRequest {
  const { body } = request
  if (!(body instanceof Uint8Array) || body[0] !== 0x1f) return request
  return {
    ...request,
    body: gunzipSync(body),
    headers: { ...request.headers, 'content-encoding': undefined },
  }
}

const rewriting = (change: (text: string) => string): Patch =>
  asking((request) =>
    typeof request.body === 'string' ? { ...request, body: change(request.body) } : request,
  )

const withBody = (change: (problem: Record<string, unknown>, request: HttpRequest) => object): Patch =>
  answering((answer, request) => {
    if (answer.status < 400 || answer.body === undefined) return answer
    const problem = JSON.parse(answer.body) as Record<string, unknown>
    return { ...answer, body: JSON.stringify({ ...problem, ...change(problem, request) }) }
  })

function answeringFromMemory(app: App): App {
  const answers = new Map<string, HttpResponse>()
  return {
    ...app,
    async handle(request) {
      if (request.method !== 'GET') return app.handle(request)
      const kept = answers.get(request.path)
      const answer = await app.handle(request)
      if (kept !== undefined && answer.status === 200) return { ...kept, headers: answer.headers }
      if (answer.status === 200) answers.set(request.path, answer)
      return answer
    },
  }
}

function overloadedByLargeBodies(app: App): App {
  let refuses = 0
  return {
    ...app,
    handle(request) {
      if (typeof request.body === 'string' && request.body.length > 100_000) refuses = 50
      refuses -= 1
      return app.handle(refuses > 0 ? { ...request, deadline: 1 } : request)
    },
  }
}

/** Reads the whole trail, an event at a time, before it answers a page. */
function readingEachEvent(app: App, journal: KeyValueJournal): App {
  return {
    ...app,
    async handle(request) {
      for (let at = 0; request.path.endsWith('/events') && at < 50; at++) {
        for await (const _ of journal.load({ entityType: 'diary', entityId: `none-${at}` })) break
      }
      return app.handle(request)
    },
  }
}

export const plantedBugs: readonly PlantedBug[] = [
  {
    name: 'that lets in whoever its hook fails for',
    patch: admitting((own) => async (...question) => {
      try {
        const grant: unknown = await own(...question)
        const isGrant =
          typeof grant !== 'object' || grant === null || Object.keys(grant).includes('principal')
        return isGrant ? (grant as ReturnType<Authorize>) : 'anonymous'
      } catch {
        return 'anonymous'
      }
    }),
    rule: /nobody gets in|not let in|gets to others|handlers fail/,
  },
  {
    name: 'that takes a missing tenant for none',
    patch: admitting(() => ({ headers }, _target, action) => {
      const command = action.kind === 'command' ? action.command : undefined
      return authorize({ ...headers, tenant: undefined }, command)
    }),
    rule: /gets to others|own ids only|writes its own entity|honest caller/,
  },
  {
    name: 'whose keys belong to everybody',
    patch: admitting((own) => async (...question) => {
      const grant = await own(...question)
      return typeof grant === 'object' && grant?.principal ? { ...grant, principal: { id: 'ada' } } : grant
    }),
    rule: /nobody’s reply but|gets its own reply/,
  },
  {
    name: 'that tells what failed',
    patch: {
      app: (app) => ({
        ...app,
        async handle(request) {
          const answer = await app.handle(request)
          if (answer.status !== 500) return answer
          const { stack = '' } = new Error('it failed')
          return {
            ...answer,
            body: JSON.stringify({ ...(JSON.parse(answer.body ?? '{}') as object), stack }),
          }
        },
      }),
    },
    rule: /no stack|no path of a file/,
  },
  {
    name: 'that carries out commands of any page',
    patch: without('sec-fetch-site', 'origin'),
    rule: /page of another origin|pages of one origin/,
  },
  {
    name: 'that passes over If-None-Match',
    patch: without('if-none-match'),
    rule: /conditions/,
  },
  {
    name: 'that passes over If-Match of reads',
    patch: asking((request) => ({
      ...request,
      headers: request.method === 'POST' ? request.headers : { ...request.headers, 'if-match': undefined },
    })),
    rule: /a read follows its conditions/,
  },
  {
    name: 'that passes over query parameters',
    patch: asking((request) => ({
      ...request,
      query: request.query
        .split('&')
        .filter((pair) => /^(after|limit|revision|sequenceNr|at)=/.test(pair))
        .join('&'),
    })),
    rule: /no query parameter is passed over/,
  },
  {
    name: 'that rounds numbers',
    patch: rewriting((text) => text.replaceAll(/:-?\d{16,}|:\d[.\d]*e-\d{3,}/gi, ':9')),
    rule: /unfit/,
  },
  {
    name: 'that passes over Content-Encoding',
    patch: without('content-encoding'),
    rule: /a compressed body is no success/,
  },
  {
    name: 'that inflates bodies',
    patch: asking((request) => inflated(request)),
    rule: /unfit|a compressed body/,
  },
  {
    name: 'that drops a query that is long',
    patch: asking((request) => (request.query.length > 32_000 ? { ...request, query: '' } : request)),
    rule: /has an end/,
  },
  {
    name: 'that takes the last of two fields',
    patch: rewriting((text) => {
      try {
        return JSON.stringify(JSON.parse(text))
      } catch {
        return text
      }
    }),
    rule: /unfit/,
  },
  {
    name: 'that knows a type by several names',
    patch: asking((request) => ({
      ...request,
      path: request.path.replace(/^\/(Diary|%64iary|%44iary|%64%69[^/]*)/i, '/diary'),
    })),
    rule: /a resource has one name|gets to others/,
  },
  {
    name: 'that decodes an id twice',
    patch: asking((request) => ({ ...request, path: request.path.replaceAll('%25', '%') })),
    rule: /writes its own entity|gets to others/,
  },
  {
    name: 'that lets browsers guess types',
    patch: answering((answer) => ({
      ...answer,
      headers: { ...answer.headers, 'x-content-type-options': '' },
    })),
    rule: /nosniff/,
  },
  {
    name: 'that names tenants in problems',
    patch: withBody((problem, { headers }) => ({
      detail: `${String(problem['detail'])} ~${headers['tenant']}/diary/a`,
    })),
    rule: /names no tenant/,
  },
  {
    name: 'that answers HEAD with a body',
    patch: answering((answer, { method }) => (method === 'HEAD' ? { ...answer, body: '{}' } : answer)),
    rule: /there is no body/,
  },
  {
    name: 'that sends a command twice',
    patch: {
      app: (app) => ({
        ...app,
        async handle(request) {
          const answer = await app.handle(request)
          if (request.method === 'POST' && answer.status === 200) await app.handle(request)
          return answer
        },
      }),
    },
    rule: /a command is one commit|what succeeds is written, once|gets its own reply/,
  },
  {
    name: 'that serves internal commands',
    patch: {
      options: (own) => ({ ...own, entities: own.entities.map((each) => ({ ...each, internal: [] })) }),
    },
    rule: /what fails is no success/,
  },
  {
    name: 'that answers from memory, whoever asks',
    patch: { app: answeringFromMemory },
    rule: /gets to others|own ids only|reads what it wrote/,
  },
  {
    name: 'that a large body keeps from serving others',
    patch: { app: overloadedByLargeBodies },
    rule: /honest caller is served|nothing fails/,
  },
  {
    name: 'that reads one event at a time',
    patch: { app: readingEachEvent },
    rule: /few requests to the store/,
  },
  {
    name: 'that answers without a bound',
    patch: {
      options: (own) => ({
        ...own,
        limits: { ...own.limits, maxAnswerBytes: 5_000_000, maxPageBytes: 1_000_000 },
      }),
    },
    rule: /larger than maxAnswerBytes/,
  },
  {
    name: 'that answers to any host',
    patch: {},
    rule: /its own names only/,
    way: socketWay({ allowedHosts: 'any' }),
  },
]
