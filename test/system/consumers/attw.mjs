// Prints what are-the-types-wrong finds in an installed package, as JSON. Not by its command: that cannot unpack an archive
// of this size.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, Package } from '@arethetypeswrong/core'

const [folder] = process.argv.slice(2)
const files = {}
for (const name of readdirSync(folder, { recursive: true })) {
  const file = join(folder, name)
  if (statSync(file).isFile()) files[`/node_modules/tailfold/${name}`] = new Uint8Array(readFileSync(file))
}
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
const { problems } = await checkPackage(new Package(files, 'tailfold', version))
console.log(JSON.stringify(problems))
