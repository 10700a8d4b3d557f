const modulus = 2 ** 32

/** Numbers from 0 up to 1, the same at every run: a linear congruential generator. */
export function seeded(seed = 42): () => number {
  let last = seed
  return () => {
    last = (Math.imul(last, 1_664_525) + 1_013_904_223) >>> 0
    return last / modulus
  }
}

/** Letters and digits that do not compress well, the same at every run. */
export function ballast(characters: number): string {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const next = seeded()
  let text = ''
  for (let n = 0; n < characters; n++) text += alphabet[Math.floor(next() * alphabet.length)]
  return text
}

const words =
  `the a of and to in is that it was for on are as with they be at one have this from or had by hot but some
  what there we can out other were all your when up use word how said an each she which do their time if will way about
  many then them would write like so these her long make thing see him two has look more day could go come did my sound
  no most number who over know water than call first people may down side been now find any new work part take get place
  made live where after back little only round man year came show every good me give our under name very through just`
    .trim()
    .split(/\s+/)

/** Words in random order, which compress about as well as prose, the same at every run. */
export function prose(characters: number, seed?: number): string {
  const next = seeded(seed)
  let text = ''
  while (text.length < characters) text += `${words[Math.floor(next() * words.length)]} `
  return text.slice(0, characters)
}
