import type { Platform } from '../../core/base/platform.ts'
import { type SelfCalls, selfCalls } from '../../core/engine/self-calls.ts'
import { startActor } from './actor.ts'
import { failureReporter } from './failure.ts'
import type { ActorSystemOptions } from './options.ts'
import { passivation } from './passivation.ts'
import { type Registry, registry } from './registry.ts'
import { type SharedEngines, sharedEngines } from './shared-engines.ts'
import { supervisor } from './supervision.ts'
import { tell } from './tell.ts'

/** The parts of a system. */
export interface SystemParts {
  readonly actors: Registry
  readonly engines: SharedEngines
  readonly calls: SelfCalls
}

/** Wires the parts of a system: actors are supervised, share engines, and leave memory when idle. */
export function assemble(platform: Platform, options: ActorSystemOptions): SystemParts {
  const { name: _, supervision = {}, passivateAfterMs = Infinity, ...engineOptions } = options
  const calls = selfCalls(platform)
  const { idle, busy } = passivation(platform, passivateAfterMs)
  const report = failureReporter(supervision.onFailure)
  // Actors bound what waits in an engine by themselves, and nothing told may be lost to a full queue.
  const maxQueueBytes = Number.MAX_SAFE_INTEGER
  const engines = sharedEngines({ ...engineOptions, platform, maxQueueBytes }, calls)
  const actors = registry({
    startActor(behavior, onEnd) {
      const { engine, release } = engines.acquire(behavior)
      const actor = startActor(behavior, {
        platform,
        engine,
        calls,
        report,
        supervisor: supervisor(platform, supervision),
        onBusy: () => busy(actor),
        onIdle: () => idle(actor),
        onEnd() {
          busy(actor)
          release()
          onEnd(actor)
        },
      })
      idle(actor)
      return actor
    },
    tell: (actor, command) => calls.apart(() => tell(platform, actor, command, report)),
  })
  return { actors, engines, calls }
}
