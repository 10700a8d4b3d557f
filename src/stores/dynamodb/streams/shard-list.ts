import type { Shard } from '@aws-sdk/client-dynamodb-streams'
import type { RequestOptions } from '../../../core/base/cost.ts'
import type { StreamRequests } from './requests.ts'

/** The stream of a table and its shards, as they were described last. */
export interface DescribedStream {
  /** Its ARN. */
  readonly stream: string
  readonly shards: readonly Shard[]
}

/** The description of a stream, read again when it may be old. */
export interface ShardList {
  read(request: RequestOptions): Promise<DescribedStream>
  /** Has it read again the next time: a shard ended, so its children are wanted. */
  forget(): void
}

/** How long a list of the shards is used; it is also read after the end of a shard. */
const shardsForMs = 10_000

/** Lists the shards of the stream that a table has now. */
export function shardList(requests: StreamRequests): ShardList {
  let known: (DescribedStream & { readonly at: number }) | undefined
  return {
    async read(request) {
      if (known !== undefined && Date.now() - known.at < shardsForMs) return known
      const stream = await requests.currentStream()
      known = { stream, shards: await requests.shards(stream, request), at: Date.now() }
      return known
    },
    forget() {
      known = undefined
    },
  }
}
