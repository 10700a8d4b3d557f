import { canonicalJson } from '../../core/base/json.ts'
import type { PlannedCommand, PlannedOperation } from './plan.ts'
import type { Draw, PlanOptions, Setting } from './setting.ts'

/** Draws the requests of a plan: commands, their repeats, and reads. */
export function drawOperations(options: PlanOptions, setting: Setting, draw: Draw): PlannedOperation[] {
  const operations: PlannedOperation[] = []
  for (let index = 0; operations.length < options.operations; index++) {
    const read = drawRead(index, options, setting, draw)
    if (read !== undefined) {
      operations.push(read)
      continue
    }
    const command = drawCommand(index, options, setting, draw)
    operations.push(command)
    const again = operations.length < options.operations && draw.chance(setting.dropsIds ? 0.5 : 0.35)
    const repeat = again ? drawRepeat(command, options, setting, draw) : undefined
    if (repeat !== undefined) operations.push(repeat)
  }
  return operations
}

function drawTarget(
  index: number,
  { processes, entities }: PlanOptions,
  { spanMs, tenants, dropsIds }: Setting,
  draw: Draw,
) {
  return {
    name: `op${index}`,
    atMs: draw.whole(spanMs),
    process: draw.whole(processes),
    tenant: tenants && draw.chance(0.4) ? 'acme' : undefined,
    // Ids leave the window of an entity that is busy.
    entityId: dropsIds && draw.chance(0.7) ? 'e0' : `e${draw.whole(entities)}`,
    patienceMs: draw.chance(0.2) ? 50 + draw.whole(500) : 10_000,
  }
}

function drawRead(
  index: number,
  options: PlanOptions,
  setting: Setting,
  draw: Draw,
): PlannedOperation | undefined {
  const kind = draw.random()
  if (kind < 0.04 && !options.without.has('read')) {
    return { ...drawTarget(index, options, setting, draw), kind: 'read', caller: 'read' }
  }
  if (kind < 0.04 || kind >= 0.08 || options.without.has('read-past')) return undefined
  const by = draw.pick(['revision', 'sequenceNr', 'at'] as const)
  const value = draw.whole(by === 'at' ? setting.spanMs + 1_000 : 24)
  return { ...drawTarget(index, options, setting, draw), kind: 'read-past', caller: 'read-past', by, value }
}

function drawCommand(index: number, options: PlanOptions, setting: Setting, draw: Draw): PlannedCommand {
  const oversize = options.oversized !== undefined && !options.without.has('oversize') && draw.chance(0.02)
  return {
    ...drawTarget(index, options, setting, draw),
    kind: 'command',
    number: index * 2,
    marker: `op${index}`,
    command: oversize && options.oversized ? options.oversized(draw.random) : options.command(draw.random),
    commandId: draw.chance(setting.dropsIds ? 0.9 : 0.6) ? `c${index}` : undefined,
    principal: draw.pick(setting.principals),
    expectedRevision: draw.chance(0.05) ? draw.whole(20) : undefined,
    expect: draw.chance(0.1) ? 'new' : undefined,
    caller: oversize ? 'oversize' : undefined,
  }
}

/** The same command id once more: of the same command, of another one, or of another principal. */
function drawRepeat(
  first: PlannedCommand,
  { processes, without, command }: PlanOptions,
  setting: Setting,
  draw: Draw,
): PlannedCommand | undefined {
  if (first.commandId === undefined) return undefined
  const { atMs } = first
  const again = {
    ...first,
    number: first.number + 1,
    name: `${first.name}'`,
    process: draw.whole(processes),
    patienceMs: 10_000,
  }
  const kind = draw.random()
  if (kind < 0.15) {
    if (without.has('reused-id')) return undefined
    const other = { command: command(draw.random), atMs: atMs + draw.whole(1_000) }
    if (canonicalJson(other.command) === canonicalJson(first.command)) return undefined
    return { ...again, ...other, name: `${first.name}*`, marker: `${first.name}*`, caller: 'reused-id' }
  }
  const others = setting.principals.filter((principal) => principal?.id !== first.principal?.id)
  if (kind < 0.3 && others.length > 0 && !without.has('other-principal')) {
    const marker = `${first.name}~`
    const other = { principal: draw.pick(others), atMs: atMs + draw.whole(1_000) }
    return { ...again, ...other, name: marker, marker, caller: 'other-principal' }
  }
  if (kind < 0.55 && !without.has('repeat-now')) return { ...again, caller: 'repeat-now' }
  return drawLaterRepeat(again, without, setting, draw)
}

/** Soon, within the period for which ids are kept, or after it. */
function drawLaterRepeat(
  again: PlannedCommand,
  without: PlanOptions['without'],
  { dropsIds, dedupeForSeconds }: Setting,
  draw: Draw,
): PlannedCommand | undefined {
  const periodMs = dedupeForSeconds * 1_000
  if (dropsIds && draw.chance(0.25) && !without.has('repeat-after-period')) {
    const atMs = again.atMs + periodMs + draw.whole(200_000)
    return { ...again, atMs, caller: 'repeat-after-period' }
  }
  if (without.has('repeat-later')) return undefined
  const withinMs = dropsIds && draw.chance(0.5) ? periodMs : 4_000
  return { ...again, atMs: again.atMs + 20 + draw.whole(withinMs), caller: 'repeat-later' }
}
