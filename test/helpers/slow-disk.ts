// Preloaded (`node --import`) into a server whose disk is to be slow: 2 ms after each commit, as an fsync would block.
import { afterEachCommit } from './sqlite-statements.ts'

const cell = new Int32Array(new SharedArrayBuffer(4))
afterEachCommit(() => Atomics.wait(cell, 0, 0, 2))
