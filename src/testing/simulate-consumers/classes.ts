/** What can go wrong with a batch of changes on its way to consumers. */
export const feedFaults = [
  'duplicate',
  'reorder-in-entity',
  'reorder-across',
  'lost-record',
  'lost-change',
  'stale-after-newer',
  'replay-from-horizon',
  'shard-split',
  'parallel-batches',
  'feed-lost',
  'dlq-redrive',
] as const
export type FeedFault = (typeof feedFaults)[number]

/** What can happen to the process that delivers a batch. */
export const processFaults = ['crash', 'freeze', 'zombie', 'timeout-kill', 'code-change', 'rollback'] as const
export type ProcessFault = (typeof processFaults)[number]

/** How a handler can fail. */
export const handlerFaults = ['poison-always', 'poison-twice', 'half-failed-batch', 'slow'] as const
export type HandlerFault = (typeof handlerFaults)[number]

/** What can go wrong with one request for rows or commits. */
export const requestFaults = [
  'lost-before-apply',
  'applied-reply-lost',
  'applied-then-500',
  'refused-with-500',
  'throttled',
  'transaction-conflict',
  'late-apply',
  'hang',
  'reply-lost-then-refused',
] as const

/** What happens while a new version of a view or projection is made beside the old one. */
export const rebuildFaults = [
  'rebuild-during-writes',
  'entity-born-during-rebuild',
  'rebuild-killed',
  'two-versions',
  'switch-too-early',
] as const
export type RebuildFault = (typeof rebuildFaults)[number]

/** Everything that the simulation of consumers breaks. */
export type ConsumerFault =
  | FeedFault
  | ProcessFault
  | HandlerFault
  | RebuildFault
  | (typeof requestFaults)[number]

export const consumerFaults: readonly ConsumerFault[] = [
  ...feedFaults,
  ...processFaults,
  ...handlerFaults,
  ...rebuildFaults,
  ...requestFaults,
]
