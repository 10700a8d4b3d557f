import { ballast } from '../ballast.ts'
import { castore } from './castore.ts'
import type { Contender } from './contender.ts'
import { equinox } from './equinox.ts'
import { eventStoreAdapter } from './event-store-adapter.ts'
import { floor } from './floor.ts'
import { handWritten } from './hand-written.ts'
import { tailfold } from './tailfold.ts'

/** A state of 10 KB whose commands write events of 300 bytes. */
const large = { padding: ballast(10_000), memo: ballast(260) }

/** All that is measured, the hand-written first. */
export const contenders: readonly Contender[] = [
  handWritten,
  floor({ warm: false }),
  floor({ warm: true }),
  floor({ warm: false, ...large }),
  castore,
  equinox({ trustCache: false }),
  equinox({ trustCache: true }),
  eventStoreAdapter({ snapshots: 'first' }),
  eventStoreAdapter({ snapshots: 'always' }),
  tailfold({ warm: false }),
  tailfold({ warm: true }),
  tailfold({ warm: false, ...large }),
  tailfold({ warm: true, ...large }),
]
