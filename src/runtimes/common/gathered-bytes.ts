/** Parts of a body in one buffer: a list would keep an object for each, and a client may send parts of one byte. */
export interface GatheredBytes {
  /** Adds a part. Returns by how many bytes what is kept has grown: at most about twice what was added. */
  add(part: Uint8Array): number
  /** All that was added. */
  whole(): Uint8Array
}

/** Gathers about `expected` bytes: more are taken too, but what is kept grows ahead no further. Copies no single part. */
export function gatherBytes(expected: number): GatheredBytes {
  let kept: Uint8Array = new Uint8Array()
  let bytes = 0
  return {
    add(part) {
      const before = kept.length
      const after = bytes + part.length
      if (bytes === 0) kept = part
      else {
        if (after > before) kept = grown(kept, Math.max(after, Math.min(before * 2, expected)))
        kept.set(part, bytes)
      }
      bytes = after
      return kept.length - before
    },
    whole: () => kept.subarray(0, bytes),
  }
}

function grown(bytes: Uint8Array, length: number): Uint8Array {
  const more = new Uint8Array(length)
  more.set(bytes)
  return more
}
