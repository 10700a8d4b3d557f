import { readdirSync, readFileSync } from 'node:fs'
import { join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { root } from '../helpers/doc-blocks.ts'

/** Turns of phrase that readers stumble over, and what to write. Plain, current English: active voice, short sentences. */
const avoided: ReadonlyArray<readonly [pattern: RegExp, instead: string]> = [
  [/\banew\b/i, 'again'],
  [/\b(?:that|which|it) is none\b/i, 'is not one'],
  [/\bnobody's\b/i, 'no one else’s, or say whose'],
  [/\bfor ever\b/i, 'indefinitely'],
  [/\bstands? at\b/i, 'is at'],
  [/\b(?:is|are) told\b/i, 'receives, reports'],
  [/\bbesides\b/i, 'beside, also'],
  [/\bin its stride\b/i, 'say what happens'],
  [/\bwhom\b/i, 'who'],
  [/\bbefell\b/i, 'happened to'],
  [/\bIt is not known\b/, 'name what is missing'],
  [/\bas ever\b/i, 'as before'],
  [/\b(?:a|no) (?:request|read|write) more\b/i, 'one more request, no extra request'],
  [/\b(?:is|are) no (?:dependency|loopback|measurement|problem document)\b/i, 'is not a'],
  [/, for (?:it|they|nothing|nobody) (?:is|are|was|were|has|have|would)\b/i, 'because'],
  [/\bis found out\b/i, 'say what fails'],
  [/\b(?:is|are) excused\b/i, 'say what is left out'],
  [/\bof which you need\b/i, 'You need one of them.'],
  [/\bzombies? of\b/i, 'late notifications'],
  [/\bwithout leave\b/i, 'without permission'],
  [/\b(?:has|had) no hand\b/i, 'cannot change'],
  [/^(?:<{7}|={7}|>{7})(?: |$)/m, 'the merged text'],
]

function filesBelow(folder: string, pattern: RegExp): string[] {
  return readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => posix.join(entry.parentPath.slice(root.length), entry.name))
}

describe('the text that users read is plain English', () => {
  const files = [
    'README.md',
    ...filesBelow('docs', /\.md$/),
    ...filesBelow('src', /\.ts$/),
    ...filesBelow('functions', /\.ts$/),
  ]

  test.for(avoided)('without %s', ([pattern, instead]) => {
    const found = files.flatMap((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .flatMap((line, index) =>
          pattern.test(line) ? `${file}:${index + 1} (${instead}): ${line.trim()}` : [],
        ),
    )
    expect(found).toEqual([])
  })
})
