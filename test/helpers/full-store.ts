import { memoryStore } from 'tailfold'
import type { OpenAddress } from 'tailfold/testing'

/** Opens a store that takes no append. */
export const openStore: OpenAddress<unknown> = async () => ({
  store: { ...memoryStore(), append: async () => ({ kind: 'occupied', record: undefined }) },
})
