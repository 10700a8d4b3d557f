/** A block of a Terraform file, as `resource "aws_dynamodb_table" "journal" { … }`. */
export interface TerraformBlock {
  /** As `['resource', 'aws_dynamodb_table', 'journal']`. */
  readonly header: readonly string[]
  /** Expressions as they are written, a string without its quotes: `{ name: 'var.name', hash_key: 'pk' }`. */
  readonly attributes: Readonly<Record<string, string>>
  readonly blocks: readonly TerraformBlock[]
}

/** Reads files as `terraform fmt` writes them; the examples are kept so. Throws on a line that it cannot read. */
export function parseTerraform(text: string): readonly TerraformBlock[] {
  const lines = text.split('\n').filter((line) => !/^\s*(#.*)?$/.test(line))

  function bodyUntilBrace(): Omit<TerraformBlock, 'header'> {
    const attributes: Record<string, string> = {}
    const blocks: TerraformBlock[] = []
    for (let line = lines.shift(); line !== undefined && line.trim() !== '}'; line = lines.shift()) {
      const [, name, value = ''] = /^\s*([\w-]+)\s+=\s+(.*)$/.exec(line) ?? []
      if (name === undefined) blocks.push({ header: headerOf(line), ...bodyUntilBrace() })
      else attributes[name] = expression(value, /^\s*/.exec(line)?.[0] ?? '').replace(/^"(.*)"$/, '$1')
    }
    return { attributes, blocks }
  }

  /** One that opens a bracket goes on to the line that is indented like its first. */
  function expression(first: string, indent: string): string {
    if (!/[[{(]$/.test(first)) return first
    const rest: string[] = []
    do rest.push(lines.shift() ?? fail(first))
    while (!new RegExp(`^${indent}[\\]})]`).test(rest.at(-1) ?? ''))
    return [first, ...rest].join('\n')
  }

  return bodyUntilBrace().blocks
}

function headerOf(line: string): readonly string[] {
  const [, header] = /^\s*(\w+(?: "[\w-]+")*) \{$/.exec(line) ?? fail(line)
  return (header ?? '').replaceAll('"', '').split(' ')
}

function fail(line: string): never {
  throw new Error(`This is no Terraform that can be read here: ${line}`)
}
