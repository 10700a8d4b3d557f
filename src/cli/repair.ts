import { checkEntityId, checkEntityType, checkTenant, describeEntity } from '../core/base/entity-key.ts'
import { type DamageReport, findDamage, repair, type RepairResult } from '../core/history/repair.ts'
import type { Journal } from '../core/journal/journal.ts'
import { keyValueJournal } from '../journal/key-value-journal.ts'
import type { Store } from '../journal/store.ts'
import { parsed, UsageError } from './command-line.ts'
import { counted, damageText, removalAdvice, removalText } from './repair-text.ts'
import { openStore, parseStoreUrl, type StoreUrl, storeUrlHelp, withoutSecrets } from './store-url.ts'
import type { Terminal } from './terminal.ts'

/** A command line of `tailfold repair` that was understood. */
export interface RepairArguments {
  readonly store: StoreUrl
  /** The store as it was written, without a password. */
  readonly where: string
  readonly entityType: string
  readonly entityId: string
  readonly tenant?: string
  /** Repair without asking. */
  readonly yes: boolean
  readonly json: boolean
}

/** What `--help` prints. */
export const usage: string = `Usage: npx tailfold repair --store <url> --type <type> --id <id> [options]

Reports what is wrong with the stored history of one entity, such as a gap after a restore, and what repairing it would
remove. Removes it only after "yes", or with --yes.

${storeUrlHelp}
  --type <type>            such as account
  --id <id>                such as acc-001
  --tenant <tenant>        default: an entity without a tenant
  --yes                    repair without asking
  --json                   print JSON; never asks
  --help

Exit codes: 0 sound or repaired, 1 not repaired, not found or failed, 2 not understood.
`

const seeHelp = 'See npx tailfold repair --help.'

const options = {
  store: { type: 'string' },
  type: { type: 'string' },
  id: { type: 'string' },
  tenant: { type: 'string' },
  yes: { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

/** Reads the arguments after `repair`. Throws {@link UsageError}. */
export function readRepairArguments(args: readonly string[]): RepairArguments {
  const { values, positionals } = parsed(args, options, seeHelp)
  if (positionals.length > 0)
    throw new UsageError(`Unexpected argument ${JSON.stringify(positionals[0])}. ${seeHelp}`)
  const store = parseStoreUrl(values.store)
  if (!values.type) throw new UsageError(`Which entity? Add --type <type> and --id <id>. ${seeHelp}`)
  if (!values.id) throw new UsageError(`Which entity? Add --id <id>. ${seeHelp}`)
  checkEntity(values.type, values.id, values.tenant)
  return {
    store,
    where: withoutSecrets(values.store ?? ''),
    entityType: values.type,
    entityId: values.id,
    ...(values.tenant !== undefined && { tenant: values.tenant }),
    yes: values.yes,
    json: values.json,
  }
}

/** Throws {@link UsageError} on what names no entity. */
function checkEntity(entityType: string, entityId: string, tenant: string | undefined): void {
  try {
    checkTenant(tenant)
    checkEntityType(entityType)
    checkEntityId(entityId)
  } catch (error) {
    throw new UsageError(`${(error as Error).message} ${seeHelp}`)
  }
}

/** Runs `tailfold repair`. Resolves with the exit code; throws {@link UsageError} and what the store throws. */
export async function run(args: readonly string[], terminal: Terminal): Promise<0 | 1> {
  const request = readRepairArguments(args)
  const opened = await openStore(request.store, terminal.env)
  try {
    return await repairIn(opened.store, request, terminal)
  } finally {
    await opened.close()
  }
}

/** Carries out a command line on its store, opened. */
export async function repairIn(store: Store, request: RepairArguments, terminal: Terminal): Promise<0 | 1> {
  const { entityType, entityId, tenant, json } = request
  const journal = keyValueJournal(store)
  const report = await findDamage(journal, entityType, entityId, { tenant })
  const answer = json ? answerInJson : answerInText
  return answer(journal, report, request, terminal)
}

async function answerInJson(
  journal: Journal,
  report: DamageReport,
  { yes }: RepairArguments,
  { print }: Terminal,
): Promise<0 | 1> {
  const result =
    yes && report.removal !== undefined ? await repair(journal, report, { confirm: true }) : undefined
  print(`${JSON.stringify({ ...report, ...(result && { result }) })}\n`)
  if (isEmpty(report)) return 1
  return report.removal === undefined || isDone(result) ? 0 : 1
}

async function answerInText(
  journal: Journal,
  report: DamageReport,
  { where, yes }: RepairArguments,
  { print, ask }: Terminal,
): Promise<0 | 1> {
  const name = describeEntity(report.entity)
  if (isEmpty(report)) {
    print(`Nothing is stored of ${name} in ${where}.\n`)
    return 1
  }
  print(damageText(report, where))
  if (report.removal === undefined) {
    print('There is nothing to repair.\n')
    return 0
  }
  print(removalText(report, report.removal))
  if (!yes) {
    print(removalAdvice)
    const answer = await ask?.('Type yes to remove it: ')
    if (answer?.trim() !== 'yes') {
      print(ask === undefined ? 'Nothing was removed. Add --yes to repair.\n' : 'Nothing was removed.\n')
      return 1
    }
  }
  const result = await repair(journal, report, { confirm: true })
  print(resultText(result, name))
  return isDone(result) ? 0 : 1
}

function resultText(result: RepairResult, name: string): string {
  switch (result.kind) {
    case 'repaired':
      return `Repaired: removed ${counted(result.removedCommits, 'commit')} of ${name}.\n`
    case 'nothing-to-repair':
      return `${name} was repaired meanwhile. Nothing was removed.\n`
    case 'changed':
      return `${name} has changed meanwhile. Nothing was removed; run the command again.\n`
  }
}

function isDone(result: RepairResult | undefined): boolean {
  return result !== undefined && result.kind !== 'changed'
}

function isEmpty({ soundRevision, damage }: DamageReport): boolean {
  return soundRevision === 0 && damage.length === 0
}
