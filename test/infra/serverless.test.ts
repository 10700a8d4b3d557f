import { execFile } from 'node:child_process'
import { mkdirSync, readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { RegoEngine, TemplateFile } from '@aws/cloudformation-validate'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { parseTemplate } from '../helpers/cloudformation.ts'
import { samDeployment, samTemplateFile, serverlessDeployment } from '../helpers/deployments.ts'
import { root } from '../helpers/doc-blocks.ts'
import { temporaryFolder } from '../helpers/local-server.ts'
import { packageService, type ServerlessPackage } from '../helpers/serverless-package.ts'
import { unknownSamProperties } from '../helpers/unknown-sam-properties.ts'

/** For a machine that is busy with other tests. */
const timeout = 300_000

const stages = ['dev', 'prod'] as const
const folders = { dev: temporaryFolder(), prod: temporaryFolder() }
let packages: Record<(typeof stages)[number], ServerlessPackage>

beforeAll(async () => {
  // One after the other: the second finds the schema that the first compiled.
  const dev = await packageService(folders.dev.path, { stage: 'dev' })
  packages = { dev, prod: await packageService(folders.prod.path, { stage: 'prod' }) }
}, timeout)
afterAll(() => {
  for (const stage of stages) folders[stage].remove()
})

// The other tests of this folder read the SAM template, which takes no packaging.
test.for(stages)('serverless.yml and the SAM template deploy the same in stage %s', (stage) => {
  expect(samDeployment(stage)).toEqual(serverlessDeployment(packages[stage].template))
})

describe('serverless package', () => {
  test('makes an archive of one bundled file for each function', () => {
    const { archives } = packages.dev
    expect(Object.entries(archives).map(([name, files]) => [name, ...files.keys()])).toEqual([
      ['bank', 'build/bank/handler.mjs'],
      ['readModels', 'build/bank/read-models.mjs'],
    ])
  })

  test('says how large the archives are', () => {
    expect(packages.dev.log).toMatch(/^bank: \d+ KB\nreadModels: \d+ KB$/m)
  })

  test('warns that everybody may send every command', () => {
    expect(packages.dev.log).toContain("Warning: in build/bank/handler.mjs authorize is 'everybody'.")
  })
})

describe('the validator of AWS', { timeout }, () => {
  // It takes longer to start than to validate.
  const engine = new RegoEngine()

  function complaints(file: string) {
    const { diagnostics } = engine.validateStandard(new TemplateFile(file))
    return diagnostics
      .filter(({ severity }) => severity !== 'INFO')
      .map(({ ruleId, entity, propertyPath }) => [ruleId, entity?.logicalId, propertyPath])
  }

  test('passes the template of osls, but for needless DependsOn', () => {
    expect(complaints(packages.dev.templateFile)).toEqual([
      ['W3005', 'BankLambdaFunction', 'DependsOn'],
      ['W3005', 'ReadModelsLambdaFunction', 'DependsOn'],
      ['W3005', 'HttpApiStage', 'DependsOn'],
      ['W3005', 'HttpApiRouteDefault', 'DependsOn'],
    ])
  })

  test('passes the SAM template', () => {
    expect(complaints(samTemplateFile)).toEqual([])
  })
})

describe('properties of SAM itself, where that validator does not look,', () => {
  test('are all known to SAM', () => {
    expect(unknownSamProperties(parseTemplate(readFileSync(samTemplateFile, 'utf8')))).toEqual([])
  })

  test('are found when they are mistyped', () => {
    const mistyped = `
      Globals: { Function: { Runtme: nodejs24.x } }
      Resources:
        F:
          Type: AWS::Serverless::Function
          Properties: { CodeUrii: ., Events: { A: { Type: HttpApii, Properties: {} }, B: { Type: HttpApi, Properties: { Pat: / } } } }`
    expect(unknownSamProperties(parseTemplate(mistyped))).toEqual([
      'Globals.Function.Runtme',
      'F.CodeUrii',
      'F.Events.A: HttpApii',
      'F.Events.B.Pat',
    ])
  })
})

test.for([
  ['BankFunction', 'handler'],
  ['ReadModelsFunction', 'read-models'],
])('sam build finds in the Makefile how the handler of %s is built', { timeout }, async ([name, file]) => {
  const built = parseTemplate(readFileSync(samTemplateFile, 'utf8')).Resources[String(name)]
  expect(built).toMatchObject({
    Metadata: { BuildMethod: 'makefile' },
    Properties: { CodeUri: '.', Handler: `build/bank/${file}.handler` },
  })
  const makefile = readFileSync(join(root, 'infra/Makefile'), 'utf8')
  const [, recipe = ''] = new RegExp(`^build-${name}:\\n\\t(.*)$`, 'm').exec(makefile) ?? []
  const artifacts = temporaryFolder()
  try {
    const command = recipe.replace('$(project)', root).replace('$(ARTIFACTS_DIR)', artifacts.path)
    await promisify(execFile)('sh', ['-c', command], { cwd: artifacts.path })
    expect(readFileSync(join(artifacts.path, `build/bank/${file}.mjs`), 'utf8')).toMatch(
      /export\{[\w$]+ as handler\}/,
    )
  } finally {
    artifacts.remove()
  }
})

test('the Makefile finds the project that it is in, also in a folder whose name has spaces', async () => {
  const makefile = readFileSync(join(root, 'infra/Makefile'), 'utf8')
  const [, command = ''] = /^project := \$\(shell (.*)\)$/m.exec(makefile) ?? []
  const folder = temporaryFolder()
  try {
    const project = join(folder.path, 'My  new Shop')
    mkdirSync(join(project, 'infra'), { recursive: true })
    // As make has it, which begins the list of its files with a space.
    const list = ` ${join(project, 'infra/Makefile')}`
    const { stdout } = await promisify(execFile)('sh', [
      '-c',
      command.replace('$(MAKEFILE_LIST)', list).replaceAll('$$', () => '$'),
    ])
    expect(stdout).toBe(`${realpathSync(project)}\n`)
  } finally {
    folder.remove()
  }
})
