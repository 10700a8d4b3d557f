import type { CommandEnd, CommandStart } from '../core/engine/observer.ts'
import type { Meter } from './open-telemetry-api.ts'

/** Seconds; as OpenTelemetry recommends for requests. */
const bounds = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10]

/**
 * Makes the instruments, and returns how to record a command. Commands that were decided together record equal shares of
 * their cost, so that sums are right.
 */
export function openTelemetryInstruments(meter: Meter): (start: CommandStart, end: CommandEnd) => void {
  const duration = meter.createHistogram('tailfold.command.duration', {
    description: 'Duration of commands',
    unit: 's',
    advice: { explicitBucketBoundaries: bounds },
  })
  const conflicts = meter.createCounter('tailfold.conflicts', {
    description: 'Attempts to write that another writer won',
    unit: '{conflict}',
  })
  const requests = meter.createCounter('tailfold.requests', {
    description: 'Requests to the store',
    unit: '{request}',
  })
  const readUnits = meter.createCounter('tailfold.read_units', { description: 'Read units', unit: '{unit}' })
  const writeUnits = meter.createCounter('tailfold.write_units', {
    description: 'Write units',
    unit: '{unit}',
  })

  return ({ entityType, command }, { outcome, durationMs, conflicts: lost, cost }) => {
    const name = outcome === 'unhandled-command' ? 'other' : command
    const attributes = { 'tailfold.entity.type': entityType, 'tailfold.command': name }
    duration.record(durationMs / 1_000, { ...attributes, 'tailfold.outcome': outcome })
    conflicts.add(lost, attributes)
    if (cost === undefined) return
    requests.add(cost.requests / cost.commands, attributes)
    readUnits.add(cost.readUnits / cost.commands, attributes)
    writeUnits.add(cost.writeUnits / cost.commands, attributes)
  }
}
