import type { ActorRef, TypedMessage } from '../../core/entity/message.ts'
import type { Actor } from './actor.ts'
import { type AnyBehavior, sameEntity } from './any-behavior.ts'

/** An entity under a name. Once passivated it is kept by its reference alone. */
export interface Member {
  readonly name: string
  readonly behavior: AnyBehavior
  readonly ref: ActorRef<TypedMessage>
  /** Its actor; `undefined` while passivated. */
  actor: Actor | undefined
}

/** The actors of a system that are in memory, and their names. */
export interface Registry {
  /** Starts an actor under a name that is free. */
  add(behavior: AnyBehavior, name: string): Member
  /** The member whose actor is in memory under this name. */
  named(name: string): Member | undefined
  /** The actor of a member, brought back when it was passivated. */
  actorOf(member: Member): Actor
  /** Actors in memory. */
  size(): number
  /** Stops all actors, and every one that is started later. */
  stopAll(why: string): Promise<void>
}

/** How a registry starts actors and sends to them. */
export interface RegistryOptions {
  /** `onEnd` has to be called once, when the actor leaves memory. */
  startActor(behavior: AnyBehavior, onEnd: (actor: Actor) => void): Actor
  tell(actor: Actor, command: TypedMessage): void
}

/** Makes the registry of a system. It keeps nothing of an actor that has stopped or was passivated. */
export function registry({ startActor, tell }: RegistryOptions): Registry {
  const actors = new Set<Actor>()
  const names = new Map<string, Member>()
  let stoppedBecause: string | undefined

  function start(member: Member): Actor {
    const actor = startActor(member.behavior, (ended) => {
      actors.delete(ended)
      if (names.get(member.name)?.actor === ended) names.delete(member.name)
      if (ended.passivated() && member.actor === ended) member.actor = undefined
    })
    member.actor = actor
    actors.add(actor)
    // Its name may have been given away while it was passivated: then it is in memory without one.
    if (!names.has(member.name)) names.set(member.name, member)
    if (stoppedBecause !== undefined) void actor.stop(stoppedBecause)
    return actor
  }

  function actorOf(member: Member): Actor {
    const { actor } = member
    if (actor !== undefined && !actor.passivated()) return actor
    const namesake = names.get(member.name)
    if (namesake?.actor === undefined || !sameEntity(namesake.behavior, member.behavior)) return start(member)
    member.actor = namesake.actor
    return namesake.actor
  }

  return {
    add(behavior, name) {
      const ref: ActorRef<TypedMessage> = { tell: (command) => tell(actorOf(member), command) }
      const member: Member = { name, behavior, ref, actor: undefined }
      start(member)
      return member
    },
    named: (name) => names.get(name),
    actorOf,
    size: () => actors.size,
    async stopAll(why) {
      stoppedBecause = why
      await Promise.all([...actors].map((actor) => actor.stop(why)))
    },
  }
}
