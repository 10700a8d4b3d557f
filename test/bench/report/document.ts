import type { CostResult } from '../cost.ts'
import type { LatencyResult } from '../latency.ts'
import type { Machine } from '../machine.ts'
import { contentionLoad } from '../measure/contention.ts'
import { dollarsPerMillion } from '../pricing.ts'
import type { ScalingResult } from '../scaling.ts'
import { inShort } from './in-short.ts'
import {
  contentionTable,
  costTable,
  cpuTable,
  historyTable,
  latencyTable,
  lostReplyTable,
  replayTable,
  stateSizeTable,
  throughputTable,
} from './tables.ts'

/** docs/benchmarks.md: every figure in it is taken from the results. */
export function benchmarksDocument(
  cost: CostResult,
  latencyResult: LatencyResult,
  { history, stateSize }: ScalingResult,
): string {
  const { machine, how, rows, contention, lostReply } = cost
  const { latency, throughput, cpu, replay } = latencyResult
  return `# Benchmarks

What a command costs with Tailfold, with the libraries one would pick instead, and with code written by hand; measured
side by side in one run. \`npm run bench:report\` measures everything and writes this page and its charts; no figure
here is typed by hand. It was made from these results: [cost](../test/bench/results/cost.json),
[latency](../test/bench/results/latency.json), [scaling](../test/bench/results/scaling.json).

\`\`\`sh
npm run bench:cost          # the first three sections, in under three minutes; -- --json for the result itself
npm run bench:latency       # times, throughput, replay
npm run bench:scaling       # histories and large states
npm run bench:report        # all of it, and this page
\`\`\`

${machineText(machine)}

Requests and units do not depend on the machine, but for those of contention. Times do: it was shared and busy with other
work, so what counts is the median of the ratios of pairs measured in turns; the milliseconds beside them are medians.

${inShort(cost, latencyResult)}

## Cost of a command

The same bank for all: one account, deposits of 1, one event each. The history is written first; then ten commands are
measured and averaged, or one whole round where a cost comes round again (a snapshot interval; for equinox-js at 1,000
events, from one full tip item to the next).

${costTable(rows)}

${howText(how)}

- **Requests** are HTTP attempts, counted below the SDK's retries.
- **Units** are AWS's prices for the sizes of the items, read from the table around each request: a write by the larger
  of the items before and after, doubled in a transaction, a failed condition by the item that is there, index writes
  added (never doubled: they follow later); a read by the bytes it went over, at least one unit, half a one when
  eventually consistent. **Local: units** is what DynamoDB Local itself reports for the same commands, reads and writes
  together. It differs where there are transactions: it doubles index writes, and prices an update by its new size.
- **$ per million** commands: on demand, Standard table class, us-east-1, since ${dollarsPerMillion.since}:
  $${dollarsPerMillion.writeUnits} for a million write units, $${dollarsPerMillion.readUnits} for a million read units
  ([prices](https://aws.amazon.com/dynamodb/pricing/on-demand/)).

## Many writers of one entity

${contentionLoad.writers} writers in one process, each with a client and a cache of its own, ${contentionLoad.deposits} deposits each, all at once, each library
with its default retries. A deposit is lost when the final balance does not hold it. Units are those of all requests, for
each deposit that succeeded; an update that failed is priced as the last one that did not.

![Deposits that succeed](benchmarks/contention.svg)

${contentionTable(contention)}

## A lost reply

After ten deposits, one more is carried out and the connection is broken instead of the answer.

${lostReplyTable(lostReply)}

A balance that is too high is a deposit carried out twice: the client of the AWS SDK sends the write again, is told that
the condition failed, and the library decides once more on the newer state. A transaction carries a token that makes its
repetition harmless.

## Length of the history

${historyText(history)}

Histories up to 10,000 events are the same items as one command each writes (hand-written and castore: put in batches;
equinox-js: ten events a transaction). Of Tailfold's 100,000, all but the newest 100 were written by concurrent callers
in one process, who share commits; the newest, which are all that a recovery reads, came one by one.
event-store-adapter-js is left out at 10,000: it reads one page of an index and does not ask for the next.

## Size of the state

Events of 300 bytes; the text in state and events does not compress well. Cold commands, averaged over one whole snapshot
interval of a process that has been through two before: by then it asks for pages that hold the longest tail. Until it
has, a recovery costs one request more. The hand-written floor writes the state with every command.

![Write units by size of the state](benchmarks/write-units-by-state.svg)

![Read units by size of the state](benchmarks/read-units-by-state.svg)

${stateSizeTable(stateSize)}

## Latency

Tailfold against the hand-written floor: same client, same database, the same requests, one command each in turns, the
order changing. Above 1 is slower than by hand. The far network is a timer of 4 ms before each request.

${latencyTable(latency)}

CPU time of a command, in blocks of 250, with a transport that answers within the process:

${cpuTable(cpu)}

## Throughput

One process, warm. Tailfold decides what queues on one entity together and writes it as one commit; the floor writes one
item a command, one after the other.

![Commands per second on one hot entity](benchmarks/throughput.svg)

${throughputTable(throughput)}

## Recovery

Recovering an entity against reading one item for each event with \`unmarshall\` and adding it up. With the riding state,
as by default, a recovery does not replay at all. With the state ignored, every commit is parsed, its hash and its
sequence numbers are checked, and its events are folded into frozen states: that costs more than a plain read of as many
items, and pays where a commit holds several events.

${replayTable(replay)}

## What is unfair

To the others:

- The entity is small and its events are tiny. Where a state is much larger than a kilobyte, a cold Tailfold command
  reads more than the floor does (see the state sizes).
- castore is used without snapshots, which its DynamoDB adapter does not keep; an application could keep its own. Retries
  are the defaults: an application may raise them, and then more deposits succeed and each costs more.
- "Any cached value" is an option of equinox-js that its documentation offers for such entities; a query with it may be
  stale. Its default asks for the tip again.
- event-store-adapter-js leaves retries to the application and reads from an index, which is eventually consistent on
  AWS and not on DynamoDB Local: there, it would conflict more.
- Most of what equinox-js writes are events that gather in one item, written again with each command until it is full:
  that is dear here, and cheap for readers of whole histories. A smaller tip (TipOptions) would cost less.

To Tailfold:

- The hand-written code does less: no command ids, no checks of order or hash, no validation, one kind of entity.
- In the cost and contention sections the floor's client has the SDK's defaults, which never time out.
- Latency is measured on a database in the same machine, where CPU time counts most; AWS answers in milliseconds.
- Commands come one at a time in the cost table. Queued ones share a commit.

To both: DynamoDB Local is not DynamoDB. It does not throttle, its conflicts resolve in one process, and its latency is
not AWS's.
`
}

function machineText({
  date,
  cpu,
  cores,
  memoryGb,
  system,
  node,
  dynamoDbLocal,
  commit,
  versions,
}: Machine): string {
  const used = Object.entries(versions).map(([name, version]) => `${name} ${version}`)
  return [
    `Measured on ${date.slice(0, 10)}, ${cores} cores of ${cpu}, ${memoryGb} GB, ${system}; Node.js ${node},`,
    `DynamoDB Local ${dynamoDbLocal}, commit ${commit};`,
    `${used.join(', ')}.`,
  ].join('\n')
}

/** One line for each way, whatever the sizes of its states. */
function howText(how: CostResult['how']): string {
  return Object.entries(how)
    .filter(([library]) => !library.includes('KB state'))
    .map(([library, text]) => `- ${library}: ${text}.`)
    .join('\n')
}

function historyText(history: ScalingResult['history']): string {
  return `![Read units by length of the history](benchmarks/read-units-by-history.svg)

Read units of a command:

${historyTable(history, ({ readUnits }) => readUnits)}

![Write units by length of the history](benchmarks/write-units-by-history.svg)

Write units of a command:

${historyTable(history, ({ writeUnits }) => writeUnits)}`
}
