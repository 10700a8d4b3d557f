import {
  Behaviors,
  createEngine,
  entity,
  InMemoryJournal,
  KeyValueJournal,
  memoryStore,
  snapshotEvery,
} from 'tailfold'
import { keyValueJournal, toEventJournal, toJournal } from 'tailfold/store'
import { expect, test } from 'vitest'
import { account } from '../../../functions/bank/account.ts'
import { virtualPlatform } from '../../../src/testing/virtual-platform.ts'
import { type Call, cases, expectRefusal, objects, optional } from '../../helpers/bad-values.ts'

const options = () => ({ journal: new InMemoryJournal(), platform: virtualPlatform() })

const construction: Call[] = [
  ['entity', (value) => entity(value), /entity definition|Entity type|onEvent|initialState/i],
  ['entity: entityType', (value) => entity({ ...account, entityType: value }), /Entity type/],
  [
    'entity: initialState',
    (value) => entity({ ...account, initialState: value }),
    /initialState of account/,
    [
      'null',
      'true',
      'minus one',
      'a fraction',
      'an empty text',
      'a huge text',
      'half a surrogate pair',
      'an array',
      'an object',
      'an object without a prototype',
      'an object of another realm',
    ],
  ],
  [
    'entity: onEvent',
    (value) => entity({ ...account, onEvent: value }),
    /onEvent of account/,
    ['a function'],
  ],
  [
    'entity: onCommand',
    (value) => entity({ ...account, onCommand: value }),
    /onCommand of account/,
    ['a function'],
  ],
  [
    'entity: snapshotPolicy',
    (value) => entity({ ...account, snapshotPolicy: value }),
    /snapshotPolicy of account/,
    ['a function', ...optional],
  ],
  [
    'entity: view',
    (value) => entity({ ...account, view: value }),
    /view of account/,
    ['a function', ...optional],
  ],
  [
    'entity: internal',
    (value) => entity({ ...account, internal: value }),
    /internal of account/,
    ['an array', ...optional],
  ],
  [
    'entity: schemaVersion',
    (value) => entity({ ...account, schemaVersion: value }),
    /schemaVersion of account/,
    optional,
  ],
  [
    'entity: dedupeForSeconds',
    (value) => entity({ ...account, dedupeForSeconds: value }),
    /dedupeForSeconds of account/,
    optional,
  ],
  [
    'entity: idItemsForSeconds',
    (value) => entity({ ...account, idItemsForSeconds: value }),
    /idItemsForSeconds of account/,
    optional,
  ],
  [
    'entity: dedupeWindow',
    (value) => entity({ ...account, dedupeWindow: value }),
    /dedupeWindow of account/,
    optional,
  ],
  ['entity: dedupe', (value) => entity({ ...account, dedupe: value }), /dedupe of account/, optional],
  [
    'entity: commands',
    (value) => entity({ ...account, commands: value }),
    /commands/,
    [...objects.slice(0, 4), ...optional],
  ],
  ['Behaviors.eventSourced', (value) => Behaviors.eventSourced(value), /Behaviors.eventSourced|entity id/],
  [
    'Behaviors.eventSourced: journal',
    (value) => Behaviors.eventSourced({ ...account, entityId: 'a', journal: value }),
    /journal/i,
  ],
  [
    'Behaviors.eventSourced: entityId',
    (value) => Behaviors.eventSourced({ ...account, entityId: value, journal: new InMemoryJournal() }),
    /entity id/,
  ],
  ['snapshotEvery', (value) => snapshotEvery(value), /nEvents/],
  ['snapshotEvery: nEvents', (value) => snapshotEvery({ nEvents: value }), /nEvents/],
  ['createEngine', (value) => createEngine(value, options()), /entity definition|Entity type/i],
  ['createEngine: options', (value) => createEngine(account, value), /options|journal/],
  ...(['journal', 'platform'] as const).map(
    (name): Call => [
      `createEngine: ${name}`,
      (value) => createEngine(account, { ...options(), [name]: value }),
      new RegExp(name),
    ],
  ),
  ...(
    [
      'maxBatch',
      'maxQueue',
      'maxQueueBytes',
      'maxEvents',
      'maxRecordedRejections',
      'snapshot',
      'costs',
      'observers',
      'onWarning',
      'retry',
      'cache',
    ] as const
  ).map(
    (name): Call => [
      `createEngine: ${name}`,
      (value) => createEngine(account, { ...options(), [name]: value }),
      new RegExp(name),
      [
        ...optional,
        ...(name === 'costs' ? (['true'] as const) : []),
        ...(name === 'observers' ? (['an array'] as const) : []),
        ...(name === 'onWarning' ? (['a function'] as const) : []),
        ...(name === 'retry' || name === 'cache'
          ? (['an object', 'an object without a prototype', 'a Date', 'a Map', 'a class instance'] as const)
          : []),
        ...(name === 'cache' || name === 'retry' ? (['an object of another realm'] as const) : []),
      ],
    ],
  ),
  [
    'createEngine: retry.timeoutMs',
    (value) => createEngine(account, { ...options(), retry: { timeoutMs: value } }),
    /retry.timeoutMs/,
    ['Infinity', 'a fraction', ...optional],
  ],
  [
    'createEngine: cache.maxBytes',
    (value) => createEngine(account, { ...options(), cache: { maxBytes: value } }),
    /cache.maxBytes/,
    ['Infinity', 'a fraction', ...optional],
  ],
  ['toJournal', (value) => toJournal(value), /journal/i],
  ['toEventJournal', (value) => toEventJournal(value), /journal/i],
  ['keyValueJournal', (value) => keyValueJournal(value), /store/i],
  ['new KeyValueJournal', (value) => new KeyValueJournal(value), /store/i],
  [
    'keyValueJournal: options',
    (value) => keyValueJournal(memoryStore(), value),
    /options/,
    [...objects, ...optional],
  ],
  ['new InMemoryJournal', (value) => new InMemoryJournal(value), /options/, [...objects, ...optional]],
  [
    'new InMemoryJournal: maxRecordBytes',
    (value) => new InMemoryJournal({ maxRecordBytes: value }),
    /maxRecordBytes/,
    optional,
  ],
  [
    'keyValueJournal: maxInflatedBytes',
    (value) => keyValueJournal(memoryStore(), { maxInflatedBytes: value }),
    /maxInflatedBytes/,
    optional,
  ],
]

test.each(cases(construction))(
  'is refused at construction by a typed error that names it: $name: $value',
  async (bad) => {
    await expect(expectRefusal(bad)).resolves.toBeUndefined()
  },
)
