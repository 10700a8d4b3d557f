const minimumNodeMajor = 24

/**
 * Refuses to run the tests on a Node.js older than the one this repository is developed on.
 *
 * `npm ci` installs that Node.js as a dev dependency, so npm scripts and npx use it whatever the machine has.
 *
 * @throws Error naming the command that installs it.
 */
export function requireDevelopmentNode(): void {
  const major = Number.parseInt(process.versions.node, 10)
  if (major >= minimumNodeMajor) return
  throw new Error(
    `The tests need Node.js ${minimumNodeMajor} or newer, and this is ${process.version}. ` +
      `Run npm ci without --ignore-scripts (it installs Node.js ${minimumNodeMajor} into node_modules), ` +
      'then start the tests through npm: npm test.',
  )
}
