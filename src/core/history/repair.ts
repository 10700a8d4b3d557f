import type { EntityKey } from '../base/entity-key.ts'
import type { AnyEntity } from '../entity/entity.ts'
import type { EventJournal } from '../journal/event-journal.ts'
import type { Journal, Survey } from '../journal/journal.ts'
import { checkedJournal, checkedKey, kindOf, type TenantOption } from './arguments.ts'

/** Something wrong in what is stored of an entity. */
export type Damage =
  /** Commits are missing from `revision` up to the one before `nextRevision`, as after a restore under a warm process. */
  | { readonly kind: 'gap'; readonly revision: number; readonly nextRevision: number }
  /** The commit cannot be read, or its hash does not follow from the commit before. `problem` says which. */
  | { readonly kind: 'commit'; readonly revision: number; readonly problem: string }
  /** The snapshot is newer than the newest sound commit: it was written before a restore. Readers ignore it. */
  | { readonly kind: 'snapshot-ahead'; readonly revision: number }
  /** The snapshot is not that of the commit at its revision. Readers ignore it, and the next snapshot replaces it. */
  | { readonly kind: 'snapshot-mismatch'; readonly revision: number }

/** What repairing an entity removes, for good. */
export interface Removal {
  /** All commits after this revision are removed, and every snapshot newer than it. */
  readonly lastRevision: number
  readonly commits: number
  /** Events in these commits, as far as they can be read. */
  readonly events: number
  /** The times of the first and the last of these commits that can be read, in milliseconds since the Unix epoch. */
  readonly times?: readonly [first: number, last: number]
}

/** What {@link findDamage} found. */
export interface DamageReport {
  readonly entity: EntityKey
  /** Commits from the first on that are sound: the entity is at this revision once it is repaired. */
  readonly soundRevision: number
  /** Empty where nothing is wrong. Of the commits the first that is wrong is reported. */
  readonly damage: readonly Damage[]
  /** Absent where nothing has to be removed. */
  readonly removal?: Removal
}

/** `changed`: the entity is no longer as it was reported, and nothing was removed; `report` says how it is now. */
export type RepairResult =
  | { readonly kind: 'repaired'; readonly removedCommits: number }
  | { readonly kind: 'nothing-to-repair' }
  | { readonly kind: 'changed'; readonly report: DamageReport }

/** Consent to {@link repair}. */
export interface RepairOptions {
  /** What is removed is gone: nothing happens without this consent. */
  readonly confirm: true
}

/**
 * Reads everything that is stored of an entity and reports what is wrong with it, and what repairing would remove. Folds
 * nothing and writes nothing. Throws `journal-corrupt` for records of a newer Tailfold, which are no damage, `invalid-id`,
 * and `TypeError` on arguments of another kind and on a journal that cannot be surveyed, such as one of four methods.
 *
 * @param definition The entity's definition, or its type alone: `'account'`.
 */
export async function findDamage(
  journal: Journal | EventJournal,
  definition: Pick<AnyEntity, 'entityType'> | string,
  entityId: string,
  options: TenantOption = {},
): Promise<DamageReport> {
  const entityType = typeof definition === 'string' ? definition : definition?.entityType
  return survey(checkedJournal(journal), checkedKey(entityType, entityId, options))
}

/**
 * Removes from an entity what a report says has to be removed, after looking again. Stop the processes that write to the
 * entity first, or wait until they have noticed: 30 seconds on DynamoDB. A person decides: commits are lost.
 * Throws `TypeError` without `confirm: true` and on a journal that cannot truncate, and what {@link findDamage} throws.
 */
export async function repair(
  journal: Journal | EventJournal,
  report: DamageReport,
  options: RepairOptions,
): Promise<RepairResult> {
  if (options?.confirm !== true) throw new TypeError('repair removes commits: it needs { confirm: true }.')
  if (typeof report?.entity?.entityType !== 'string') {
    throw new TypeError(`report must be what findDamage resolves with, not ${kindOf(report)}.`)
  }
  const source = checkedJournal(journal)
  const now = await survey(source, report.entity)
  if (now.removal === undefined) return { kind: 'nothing-to-repair' }
  if (!isSameRemoval(now.removal, report.removal)) return { kind: 'changed', report: now }
  if (source.truncate === undefined) throw cannot('remove commits')
  return { kind: 'repaired', removedCommits: await source.truncate(report.entity, now.removal.lastRevision) }
}

async function survey(journal: Journal, entity: EntityKey): Promise<DamageReport> {
  if (journal.survey === undefined) throw cannot('be surveyed')
  const { snapshot, commits } = await journal.survey(entity)
  const found = await surveyCommits(commits, snapshot?.revision)
  const damage: Damage[] = found.damage === undefined ? [] : [found.damage]
  if (snapshot !== undefined && snapshot.revision > found.soundRevision) {
    damage.push({ kind: 'snapshot-ahead', revision: snapshot.revision })
  } else if (snapshot !== undefined && snapshot.hash !== found.hashAtSnapshot) {
    damage.push({ kind: 'snapshot-mismatch', revision: snapshot.revision })
  }
  const removal = removalOf(found, snapshot?.revision)
  return { entity, soundRevision: found.soundRevision, damage, ...(removal && { removal }) }
}

interface SurveyedCommits extends Omit<Removal, 'lastRevision'> {
  readonly soundRevision: number
  readonly damage: Damage | undefined
  /** Hash of the sound commit at the snapshot's revision. */
  readonly hashAtSnapshot: string | undefined
}

/** The sound commits, the first damage, and what lies beyond it. */
async function surveyCommits(
  pages: Survey['commits'],
  snapshotRevision: number | undefined,
): Promise<SurveyedCommits> {
  let soundRevision = 0
  let damage: Damage | undefined
  let hashAtSnapshot: string | undefined
  let commits = 0
  let events = 0
  let first: number | undefined
  let last: number | undefined
  for await (const page of pages) {
    for (const commit of page) {
      const { revision, problem } = commit
      if (damage === undefined && revision !== soundRevision + 1) {
        damage = { kind: 'gap', revision: soundRevision + 1, nextRevision: revision }
      } else if (damage === undefined && problem !== undefined) {
        damage = { kind: 'commit', revision, problem }
      }
      if (damage === undefined) {
        soundRevision = revision
        if (revision === snapshotRevision) hashAtSnapshot = commit.hash
      } else {
        commits += 1
        events += commit.events
        first ??= commit.timestamp
        last = commit.timestamp ?? last
      }
    }
  }
  const times = first !== undefined && last !== undefined ? ([first, last] as const) : undefined
  return { soundRevision, damage, hashAtSnapshot, commits, events, ...(times && { times }) }
}

function removalOf(
  { soundRevision, damage, commits, events, times }: SurveyedCommits,
  snapshotRevision: number | undefined,
): Removal | undefined {
  if (damage !== undefined) return { lastRevision: soundRevision, commits, events, ...(times && { times }) }
  if (snapshotRevision === undefined || snapshotRevision <= soundRevision) return undefined
  // Commits that are written meanwhile lie below the snapshot and stay.
  return { lastRevision: snapshotRevision - 1, commits: 0, events: 0 }
}

function isSameRemoval(now: Removal, before: Removal | undefined): boolean {
  return (
    now.lastRevision === before?.lastRevision &&
    now.commits === before.commits &&
    now.events === before.events
  )
}

function cannot(what: string): TypeError {
  return new TypeError(
    `This journal cannot ${what}: use one over a store that can, such as SQLite or DynamoDB.`,
  )
}
