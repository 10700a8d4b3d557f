import type { Template } from './cloudformation.ts'
import { samProperties } from './sam-properties.ts'

const known: Readonly<Record<string, readonly string[]>> = samProperties

/** What a template says to resources and events of SAM that SAM does not know, as `BankFunction.CodeUrii`. */
export function unknownSamProperties({ Globals, Resources }: Template): readonly string[] {
  const globals = unknown('Globals.Function', 'AWS::Serverless::Function', Globals?.Function ?? {})
  const own = Object.entries(Resources)
    .filter(([, { Type }]) => Type.startsWith('AWS::Serverless::'))
    .flatMap(([name, { Type, Properties }]) => [
      ...unknown(name, Type, Properties),
      ...ofEvents(name, Properties),
    ])
  return [...globals, ...own]
}

function ofEvents(name: string, { Events = {} }: Readonly<Record<string, unknown>>): readonly string[] {
  const events = Object.entries(
    Events as Record<string, { Type: string; Properties: Record<string, unknown> }>,
  )
  return events.flatMap(([event, { Type, Properties }]) =>
    unknown(`${name}.Events.${event}`, Type, Properties),
  )
}

function unknown(
  name: string,
  type: string,
  properties: Readonly<Record<string, unknown>>,
): readonly string[] {
  const properly = known[type]
  if (properly === undefined) return [`${name}: ${type}`]
  return Object.keys(properties)
    .filter((property) => !properly.includes(property))
    .map((property) => `${name}.${property}`)
}
