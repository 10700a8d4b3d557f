/** What a starter reads of the package's own manifest: the versions that it was tested with. */
export interface PackageManifest {
  readonly version: string
  readonly devDependencies: Readonly<Record<string, string>>
}

/** The files of a starter that no example has: manifest, compiler options, what git ignores, and a page to begin with. */
export function ownFiles(name: string, { version, devDependencies }: PackageManifest): Map<string, string> {
  const tested = (...packages: readonly string[]) =>
    Object.fromEntries(packages.map((each) => [each, devDependencies[each]]))
  const manifest = {
    name,
    version: '0.1.0',
    private: true,
    type: 'module',
    // From this version on Node.js runs TypeScript without a flag.
    engines: { node: '>=22.18' },
    scripts: {
      start: 'node functions/bank/local.ts',
      test: 'node --test "functions/**/*.test.ts"',
      typecheck: 'tsc',
      bundle: 'node infra/bundle.mjs',
      package: 'serverless package',
      deploy: 'serverless deploy',
    },
    dependencies: {
      tailfold: `^${version}`,
      ...tested('@aws-sdk/client-dynamodb', '@aws-sdk/lib-dynamodb', '@middy/core'),
    },
    devDependencies: tested('@types/node', 'esbuild', 'serverless', 'typescript'),
    // npm asks about packages that run scripts when they are installed: esbuild fetches its program, es5-ext prints.
    allowScripts: { esbuild: true, 'es5-ext': false },
  }
  return new Map([
    ['package.json', json(manifest)],
    ['tsconfig.json', json({ compilerOptions, include: ['functions'] })],
    ['.gitignore', 'node_modules/\nbuild/\ndata/\n.serverless/\n.aws-sam/\n'],
    ['README.md', readme(name)],
  ])
}

/** For Node.js, which strips types and resolves imports as they are written. */
const compilerOptions = {
  target: 'es2024',
  lib: ['es2024', 'esnext.disposable'],
  module: 'nodenext',
  types: ['node'],
  noEmit: true,
  strict: true,
  exactOptionalPropertyTypes: true,
  noUncheckedIndexedAccess: true,
  verbatimModuleSyntax: true,
  erasableSyntaxOnly: true,
  allowImportingTsExtensions: true,
  skipLibCheck: true,
}

function json(value: unknown): string {
  return `${JSON.stringify(value, undefined, 2)}\n`
}

const readme = (name: string) => `# ${name}

A bank account that never goes below zero, kept as events. Made by \`npx tailfold init\`.

\`\`\`sh
npm install
npm test            # the rules of the account
npm run typecheck
npm start           # over HTTP on this machine, kept in data/journal.sqlite
npm run package     # the Lambda and its CloudFormation template, in .serverless/; needs no AWS account
npm run deploy      # needs AWS credentials; prints the URL
\`\`\`

| | |
|---|---|
| \`functions/bank/account.ts\` | the entity: state, events, commands, the decisions |
| \`functions/bank/account.test.ts\` | what it decides |
| \`functions/bank/local.ts\` | \`npm start\` |
| \`functions/bank/handler.ts\` | the Lambda function behind the API |
| \`functions/bank/balances.ts\` | a view, which the API serves as \`GET /views/balances\` |
| \`functions/bank/read-models.ts\` | the Lambda function that keeps its rows, behind the commits |
| \`serverless.yml\`, \`infra/*.yml\` | functions, tables, roles, alarms and limits, for the Serverless Framework (as its open fork osls) |
| \`infra/template.yaml\` | the same for SAM: \`cd infra && sam build && sam deploy --guided\` |

With \`npm start\` running:

\`\`\`sh
curl -X POST localhost:3000/account/acc-001/Deposit -H 'content-type: application/json' -d '{"amount":100}'
curl localhost:3000/account/acc-001
curl 'localhost:3000/views/balances?value=positive'
\`\`\`

**Before it holds anything of value** replace \`authorize: 'everybody'\` in \`handler.ts\`: until then whoever knows the URL may
send every command. \`node_modules/tailfold/docs/authorization.md\` shows how; \`docs/deploy.md\` there explains the deployment,
its limits and its costs.

To add an entity, copy \`account.ts\`, and name it in \`entities\` of \`local.ts\` and \`handler.ts\`.
`
