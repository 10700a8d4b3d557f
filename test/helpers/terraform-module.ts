import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from './doc-blocks.ts'
import { parseTerraform, type TerraformBlock } from './terraform.ts'

const folder = join(root, 'infra/examples/terraform')
const files = readdirSync(folder).filter((name) => name.endsWith('.tf'))

/** All files of the module of infra/examples/terraform. */
export const text: string = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n')

/** Their blocks. */
export const blocks: readonly TerraformBlock[] = parseTerraform(text)

/** A resource of the module. Throws where there is none. */
export function resource(type: string, name: string): TerraformBlock {
  const found = blocks.find(({ header }) => header.join('.') === `resource.${type}.${name}`)
  if (found === undefined) throw new Error(`There is no resource ${type}.${name}.`)
  return found
}

/** The attributes of the blocks of a name in a block. */
export function inner(block: TerraformBlock, name: string): readonly Readonly<Record<string, string>>[] {
  return block.blocks.filter(({ header }) => header[0] === name).map(({ attributes }) => attributes)
}
