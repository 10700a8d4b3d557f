import { type CollectionTag, parse, type ScalarTag, type YAMLSeq } from 'yaml'

/** A CloudFormation template, or a SAM template, as far as tests read it. */
export interface Template {
  readonly Transform?: unknown
  readonly Parameters?: Readonly<Record<string, { readonly Default?: string | number }>>
  readonly Conditions?: Readonly<Record<string, unknown>>
  readonly Globals?: { readonly Function: Readonly<Record<string, unknown>> }
  readonly Resources: Readonly<Record<string, TemplateResource>>
  readonly Outputs: Readonly<Record<string, { readonly Value: unknown }>>
}

/** One resource of a template. */
export interface TemplateResource {
  readonly Type: string
  readonly DeletionPolicy?: unknown
  readonly UpdateReplacePolicy?: unknown
  readonly DependsOn?: unknown
  readonly Metadata?: unknown
  readonly Properties: Readonly<Record<string, unknown>>
}

/** Reads a template with short forms, such as `!Ref JournalTable`, into the long ones. */
export function parseTemplate(text: string): Template {
  return parse(text, { customTags: functions.flatMap(shortForms) }) as Template
}

const functions = ['Ref', 'GetAtt', 'Sub', 'If', 'Not', 'Equals', 'Join'] as const

function shortForms(name: (typeof functions)[number]): ReadonlyArray<ScalarTag | CollectionTag> {
  const key = name === 'Ref' ? name : `Fn::${name}`
  const scalar: ScalarTag = { tag: `!${name}`, resolve: (text) => ({ [key]: text }) }
  const list: CollectionTag = {
    tag: `!${name}`,
    collection: 'seq',
    resolve: (items) => ({ [key]: (items as YAMLSeq).toJSON() }),
  }
  return [scalar, list]
}

/**
 * The template with its functions carried out, so that two templates which deploy the same are equal. A reference to a
 * resource becomes its physical name where the template gives one, else its logical id; pseudo parameters stay as
 * `<AWS::Region>`; what `AWS::NoValue` takes away is gone. Throws on a name that is not declared.
 */
export function evaluated(
  template: Template,
  parameters: Readonly<Record<string, string | number>> = {},
): Template {
  const { Parameters = {}, Conditions = {}, Resources } = template

  function reference(name: string): unknown {
    if (name === 'AWS::NoValue') return undefined
    if (name.startsWith('AWS::')) return `<${name}>`
    if (name in Parameters) return parameters[name] ?? Parameters[name]?.Default
    const resource = Resources[name]
    if (resource === undefined) throw new Error(`Nothing is called ${name} in this template.`)
    const { TableName, FunctionName, LogGroupName, QueueName } = resource.Properties
    const physical = TableName ?? FunctionName ?? LogGroupName ?? QueueName
    return physical === undefined ? name : evaluate(physical)
  }

  function attribute([name, ...path]: readonly string[]): string {
    return [reference(name ?? ''), ...path].join('.')
  }

  function substitute(text: string): string {
    return text.replaceAll(/\$\{([^}]+)\}/g, (_, name: string) =>
      name.includes('.') ? attribute(name.split('.')) : String(reference(name)),
    )
  }

  function call(name: string, input: unknown): unknown {
    switch (name) {
      case 'Ref':
        return reference(input as string)
      case 'Fn::GetAtt':
        return attribute(typeof input === 'string' ? input.split('.') : (input as string[]))
      case 'Fn::Sub':
        return substitute(input as string)
      case 'Fn::Join': {
        const [separator, parts] = evaluate(input) as [string, string[]]
        return parts.join(separator)
      }
      case 'Fn::Equals': {
        const [a, b] = evaluate(input) as [unknown, unknown]
        return a === b
      }
      case 'Fn::Not':
        return !(evaluate(input) as [boolean])[0]
      case 'Fn::If': {
        const [condition, yes, no] = input as [string, unknown, unknown]
        return evaluate(evaluate(Conditions[condition]) === true ? yes : no)
      }
      default:
        throw new Error(`${name} is not known here.`)
    }
  }

  function evaluate(node: unknown): unknown {
    if (Array.isArray(node)) return node.map(evaluate)
    if (typeof node !== 'object' || node === null) return node
    const entries = Object.entries(node)
    const [first] = entries
    if (entries.length === 1 && first !== undefined && /^(Ref$|Fn::)/.test(first[0])) return call(...first)
    return Object.fromEntries(
      entries.flatMap(([key, value]) => {
        const kept = evaluate(value)
        return kept === undefined ? [] : [[key, kept]]
      }),
    )
  }

  return {
    Resources: evaluate(Resources) as Template['Resources'],
    Outputs: evaluate(template.Outputs) as Template['Outputs'],
    ...(template.Globals && { Globals: evaluate(template.Globals) as { Function: Record<string, unknown> } }),
  }
}
