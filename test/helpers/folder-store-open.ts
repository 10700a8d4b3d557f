import type { OpenAddress } from 'tailfold/testing'
import { folderStore } from '../../docs/examples/folder-store.ts'

/** Opens the example store of docs/stores.md on a folder. */
export const openStore: OpenAddress<string> = async (folder) => ({ store: folderStore(folder) })
