import { replyDropped, startFaultProxy } from '../../helpers/fault-proxy.ts'
import type { Contender } from '../contenders/contender.ts'

/** What became of a deposit that was applied while its reply was lost. */
export interface LostReplyRow {
  readonly library: string
  readonly balance: number
  readonly expected: number
  /** `'ok'`, or the error the caller was given. */
  readonly told: string
}

const depositsBefore = 10

/** Deposits once through a proxy that carries the write out and breaks the connection instead of answering. */
export async function measureLostReply(endpoint: string, contender: Contender): Promise<LostReplyRow> {
  const deployment = await contender.deploy(endpoint)
  const proxy = await startFaultProxy(endpoint)
  try {
    const writer = deployment.open(proxy.endpoint)
    for (let n = 0; n < depositsBefore; n++) await writer.deposit('acc-001')
    const writesBefore = proxy.count(contender.writeOperation)
    proxy.plan(contender.writeOperation, replyDropped)
    const told = await writer.deposit('acc-001').then(
      () => 'ok',
      (error: unknown) =>
        error instanceof Error ? `${error.constructor.name}: ${error.message}` : String(error),
    )
    if (proxy.count(contender.writeOperation) === writesBefore) {
      throw new Error(`the deposit sent no ${contender.writeOperation}, so no reply was lost`)
    }
    await proxy.settled()
    writer.client.destroy()
    const balance = await deployment.open().balance('acc-001')
    return { library: contender.library, balance, expected: depositsBefore + 1, told }
  } finally {
    await proxy.close()
  }
}
