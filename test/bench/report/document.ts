import type { CostResult } from '../cost.ts'
import type { LatencyResult } from '../latency.ts'
import type { Machine } from '../machine.ts'
import { contentionLoad } from '../measure/contention.ts'
import { dollarsPerMillion } from '../pricing.ts'
import type { ScalingResult } from '../scaling.ts'
import { inShort } from './in-short.ts'
import { latencySections } from './latency-sections.ts'
import { readModels } from './read-models.ts'
import { stores } from './stores.ts'
import { contentionTable, costTable, historyTable, lostReplyTable, stateSizeTable } from './tables.ts'

/** docs/benchmarks.md: every figure in it is taken from the results, but those of read models and of other stores. */
export function benchmarksDocument(
  cost: CostResult,
  latencyResult: LatencyResult,
  { history, stateSize }: ScalingResult,
): string {
  const { machine, how, rows, contention, lostReply } = cost
  return `# Benchmarks

What a command costs with Tailfold, with comparable libraries, and with hand-written code, measured side by side in one run.
\`npm run bench:report\` measures everything and generates this page from the results, except [read models](#read-models) and [every store](#every-store):
[cost](../test/bench/results/cost.json), [latency](../test/bench/results/latency.json),
[scaling](../test/bench/results/scaling.json).

\`\`\`sh
npm run bench:cost          # the first three sections; -- --json prints the result itself
npm run bench:latency       # times, throughput, several processes, recovery, memory
npm run bench:scaling       # long histories and large states
npm run bench:report        # all of it, and this page
npm run bench:cost -- --tiny --json   # a few of everything: checks that a benchmark runs
\`\`\`

${machineText(machine)}

Requests and units do not depend on the machine, except under contention. Times do: compare the ratios, which are medians
of pairs measured in turns. The milliseconds beside them are medians too.

${inShort(cost, latencyResult)}

## Cost of a command

One account, deposits of 1, one event each. The history is written first. Then ten commands are measured and averaged, or
one whole interval where costs recur: between two snapshots, or for equinox-js at 1,000 events between two full tip items.

${costTable(rows)}

${howText(how)}

- **Requests** are HTTP attempts, counted below the SDK's retries.
- **Units** are AWS's prices for the sizes of the items, read from the table around each request. A write costs the larger
  of the items before and after, twice that in a transaction, plus index writes; a failed condition costs the item that is
  there. A read costs the bytes it went over, at least one unit, or half a unit when eventually consistent.
- **Local: units** is what DynamoDB Local reports for the same commands, reads and writes together. For transactions it
  differs: it doubles index writes and prices an update by its new size.
- **$ per million** commands: on demand, Standard table class, us-east-1, prices since ${dollarsPerMillion.since}:
  $${dollarsPerMillion.writeUnits} per million write units, $${dollarsPerMillion.readUnits} per million read units
  ([prices](https://aws.amazon.com/dynamodb/pricing/on-demand/)).

## Many writers of one entity

${contentionLoad.writers} writers in one process, each with its own client and cache, send ${contentionLoad.deposits} deposits each, all at once, with the default
retries of each library. A deposit is lost when the final balance does not include it. Units count all requests, per deposit
that succeeded; a failed update is priced as the last successful one.

![Deposits that succeed](benchmarks/contention.svg)

${contentionTable(contention)}

## A lost reply

After ten deposits, the database carries out one more and the connection breaks before its answer arrives.

${lostReplyTable(lostReply)}

A balance that is too high means a deposit was carried out twice: the AWS SDK sends the write again, the condition fails,
and the library decides again on the newer state. A transaction carries a token that prevents this.

## Length of the history

${historyText(history)}

Histories up to 10,000 events hold the items that single commands write; for speed, hand-written code and castore put them
in batches and equinox-js ten events per transaction. Of Tailfold's 100,000 events, all but the newest 100 came from
concurrent callers, which share commits; a recovery reads only the newest. event-store-adapter-js is left out at 10,000: it
reads one page of an index and does not ask for the next.

## Size of the state

Cold commands with events of 300 bytes; the text in states and events does not compress well. Costs are averaged over one
snapshot interval of a process that has seen two before, and so knows how much to read at once; until then a recovery costs
one request more. The hand-written floor writes the state with every command.

![Write units by size of the state](benchmarks/write-units-by-state.svg)

![Read units by size of the state](benchmarks/read-units-by-state.svg)

${stateSizeTable(stateSize)}

${latencySections(latencyResult)}

${readModels}
${stores}
## What is unfair

To the others:

- The entity is small and its events are tiny. With states much larger than a kilobyte, a cold Tailfold command reads more
  than the floor (see the state sizes).
- castore's DynamoDB adapter keeps no snapshots; an application could keep its own.
- Retries are the defaults. With more of them, more deposits succeed, and each costs more.
- "Any cached value" is an option that equinox-js documents for such entities; a query with it may be stale. By default it
  reads the tip again.
- event-store-adapter-js leaves retries to the application and reads from an index. On AWS that index is eventually
  consistent, so it would conflict more than on DynamoDB Local.
- equinox-js gathers events in one item and writes it with each command until it is full. That costs more here and less for
  readers of whole histories. A smaller tip (TipOptions) would cost less.

To Tailfold:

- The hand-written code does less: no command ids, no checks of order or hashes, no validation, one kind of entity.
- In the cost and contention sections the floor's client has the SDK's defaults, which never time out.
- The database runs on the same machine, where CPU time counts most; AWS answers in milliseconds.
- In the cost table commands come one at a time. Commands that wait together share a commit.

To all: DynamoDB Local does not throttle, resolves conflicts in one process, and has another latency than AWS.
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
