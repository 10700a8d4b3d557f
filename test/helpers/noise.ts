import { seededRandom } from '../../src/testing/virtual-platform.ts'

/** So many ASCII characters that compression makes no smaller; the same ones each time. */
export function noise(length: number): string {
  const random = seededRandom(length)
  return Array.from({ length }, () => String.fromCharCode(33 + Math.floor(random() * 94)))
    .join('')
    .replaceAll(/["\\]/g, '_')
}
