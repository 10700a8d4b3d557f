import type { Consumers } from '../../consumers/index.ts'
import type { SimulatedProcess } from '../simulate/simulated-process.ts'

/** A process that delivers, with consumers of its own. */
export interface Deliverer {
  readonly process: SimulatedProcess
  readonly consumers: Consumers
}
