export { type ChaosReport, storeChaos, type StoreChaosOptions } from './store-chaos.ts'
