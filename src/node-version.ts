// Imported first by every entry point for Node.js, so that an older one says what it needs and not what it lacks.

/** The oldest Node.js that works: the first with `node:sqlite` without a flag. `engines` of package.json says the same. */
const oldest = [22, 13] as const

/** Throws for a version of Node.js that is too old. `undefined` stands for a runtime that is not Node.js nor like it. */
export function checkNodeVersion(version: string | undefined): void {
  if (version === undefined) return
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major > oldest[0] || (major === oldest[0] && minor >= oldest[1])) return
  throw new Error(`Tailfold needs Node.js ${oldest.join('.')} or newer; this is v${version}.`)
}

checkNodeVersion(globalThis.process?.versions?.node)
