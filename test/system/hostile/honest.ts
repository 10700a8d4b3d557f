import { honestTenant } from './admission.ts'
import { hold } from './violation.ts'
import type { Way } from './ways.ts'

type Sending = Awaited<ReturnType<Way['open']>>

/** A caller that does nothing wrong, beside those that do: is served, every time, and sees what it wrote. */
export function honestCaller(): { visit(way: Sending): Promise<void>; readonly visits: () => number } {
  const headers = { user: 'honest', tenant: honestTenant }
  const path = '/diary/own'
  let pages = 0

  async function ask(way: Sending, request: Parameters<Sending['send']>[0]): Promise<unknown> {
    const { answer } = (await way.send(request)) ?? {}
    hold(answer?.status === 200, `the honest caller is served: ${answer?.status} ${answer?.body}`)
    return JSON.parse(answer.body)
  }

  return {
    visits: () => pages,
    async visit(way) {
      const text = `page ${++pages}`
      const json = { ...headers, 'content-type': 'application/json' }
      const write = { method: 'POST', path: `${path}/Write`, headers: json, body: JSON.stringify({ text }) }
      const wrote = JSON.stringify(await ask(way, write))
      hold(wrote === JSON.stringify({ pages, text, by: 'honest' }), 'the honest caller gets its own reply')
      const read = (await ask(way, { method: 'GET', path, headers })) as { last?: unknown }
      hold(read.last === text, 'the honest caller reads what it wrote')
    },
  }
}
