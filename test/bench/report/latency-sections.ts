import type { LatencyResult } from '../latency.ts'
import { commandsInBlock, warmUpBlocks } from '../measure/cpu.ts'
import { networkMs } from '../measure/simulated-network.ts'
import { commandsInTurns } from '../measure/turns.ts'
import {
  cpuTable,
  embeddedTable,
  keyedTable,
  largeReplyTable,
  latencyTable,
  memoryTable,
  replayTable,
  throughputTable,
  turnsTable,
} from './latency-tables.ts'

/** The sections of docs/benchmarks.md with the result of `bench:latency`. */
export function latencySections(result: LatencyResult): string {
  return `## Latency

Tailfold and the hand-written floor send the same requests with the same client to the same database, one command each in
turns. A ratio above 1 means that Tailfold is slower. The far network adds a timer of 4 ms to each request.

${latencyTable(result.latency)}

CPU time of a command, in blocks of ${commandsInBlock.toLocaleString('en-US')}, after ${warmUpBlocks} blocks in which V8 compiles both sides, with a transport that
answers within the process:

${cpuTable(result.cpu)}

## Throughput

One warm process. Tailfold decides the commands that wait for one entity together and writes them as one commit; the floor
writes one item per command.

![Commands per second on one hot entity](benchmarks/throughput.svg)

${throughputTable(result.throughput)}

## The embedded server

Tailfold on SQLite (\`synchronous = FULL\`) and a server written by hand with \`node:http\` and \`node:sqlite\`, which loads,
decides and commits each request by itself; loaded in turns over loopback. "app" is an app on its journal. \`npm start\` also
follows the journal with four consumers and keeps three read models, in the same process and file; the server by hand keeps
none. With "+2 ms" each commit takes 2 ms longer on both sides, as on a slower disk. A ratio above 1 means that Tailfold
answers more requests: on a slow disk, because commands that wait together share a commit. On a fast one the work of the
processor decides, of which Tailfold does more.

${embeddedTable(result.embedded)}

## Warm processes that take turns

Several processes with caches of their own write one entity, one command at a time, on a simulated network of ${networkMs} ms per
request. The ratios compare them with the same processes with the cache off. A pair is ${commandsInTurns} commands of each side; units are
priced by the sizes of the records.

${turnsTable(result.turns)}

## Keyed commands on a hot entity

Workers deposit into one account through the typed client on the same network, and every 50th answer is lost on its way,
so the client sends that command again under its key. The balance must equal the deposits, and every worker must learn
that its deposit was carried out. A period read looks for the key in recent commits; "unverified" counts attempts that
could not do so in time and were sent again.

${keyedTable(result.keyed)}

## A large reply

Under a command id the reply is recorded with the commit, compressed, so that a repeat gets the same answer. Warm commands
on DynamoDB Local:

${largeReplyTable(result.largeReply)}

## Recovery

Recovery of one entity against code that reads one item per event, unmarshalls it and adds it up. By default the newest
commit holds the state, and nothing is replayed. With all states ignored, Tailfold parses every commit, checks its hash and
sequence numbers, and folds its events into frozen states. "Items in memory" leaves the SDK out. "Bytes" starts at the bytes
of the answers: Tailfold has \`dynamoDbClient()\`, the hand-written code the client that is named.

${replayTable(result.replay)}

## Memory

One process reads many large entities from a SQLite file and keeps warm what its cache allows. \`cache.maxBytes\` counts
bytes of JSON; a list of small objects takes more heap than its JSON has bytes.

${memoryTable(result.memory)}`
}
