import { basename } from 'node:path'

/** Longest name: with a stage of 20 characters and `-read-models` it names a function, of which AWS takes 64 characters. */
const maxChars = 31

/**
 * A name for a service in a folder, of lower-case letters, digits and hyphens, as npm and CloudFormation take it. Shape:
 * `/home/ada/My Shop_2` gives `my-shop-2`; a folder without any letter gives `my-service`.
 */
export function serviceName(path: string): string {
  const name = basename(path)
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, '-')
    .replace(/^[^a-z]+/, '')
    .slice(0, maxChars)
    .replace(/-+$/, '')
  return name === '' ? 'my-service' : name
}
