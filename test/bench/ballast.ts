/** Letters and digits that do not compress well, the same at every run: a linear congruential generator. */
export function ballast(characters: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  let seed = 42
  let text = ''
  for (let n = 0; n < characters; n++) {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    text += alphabet[seed >>> 26]
  }
  return text
}
