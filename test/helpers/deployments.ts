import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { evaluated, parseTemplate, type Template, type TemplateResource } from './cloudformation.ts'
import { root } from './doc-blocks.ts'

type Properties = Readonly<Record<string, unknown>>

/** What a template deploys, with names and values as they will be, whatever tool it is written for. */
export interface Deployment {
  /** By their names. */
  readonly functions: Readonly<Record<string, Properties>>
  readonly api: DeployedApi
  /** As `$default`. */
  readonly routes: readonly string[]
  /** What Lambda reads from a stream for a function. */
  readonly mappings: readonly Properties[]
  /** What calls a function from time to time: `{ FunctionName, ScheduleExpression }`. */
  readonly schedules: readonly Properties[]
  /** The URL of the API and the names of the tables. */
  readonly outputs: Readonly<Record<string, unknown>>
  /** All else that is written by hand: tables, roles, log groups, queue, alarms, dashboard. */
  readonly resources: Readonly<Record<string, TemplateResource>>
}

/** What bounds and logs the requests to the API. */
export interface DeployedApi {
  /** `ThrottlingRateLimit` and `ThrottlingBurstLimit`. */
  readonly throttling: unknown
  /** `DestinationArn` and `Format`. */
  readonly accessLog: unknown
}

/** Where the SAM template is. */
export const samTemplateFile: string = join(root, 'infra/template.yaml')

/** The deployment of the template that osls wrote. */
export function serverlessDeployment(template: Template): Deployment {
  const { Resources, Outputs } = evaluated(template)
  const functions = propertiesOf(Resources, 'AWS::Lambda::Function').map(({ Code: _code, ...own }) => own)
  return {
    functions: byName(functions),
    api: apiOf(Resources['HttpApiStage']),
    routes: propertiesOf(Resources, 'AWS::ApiGatewayV2::Route').map(({ RouteKey }) => String(RouteKey)),
    mappings: propertiesOf(Resources, 'AWS::Lambda::EventSourceMapping').map(
      // On, which is the default.
      ({ Enabled: _enabled, FunctionName, ...own }) => ({
        FunctionName: nameIn(FunctionName),
        ...withFilters(own),
      }),
    ),
    schedules: propertiesOf(Resources, 'AWS::Events::Rule').map(({ ScheduleExpression, Targets }) => ({
      FunctionName: nameIn((Targets as readonly { readonly Arn: string }[])[0]?.Arn),
      ScheduleExpression,
    })),
    outputs: outputsOf(Outputs),
    // What osls makes of functions and events by itself.
    resources: without(
      Resources,
      /^(ServerlessDeploymentBucket|HttpApi(?!LogGroup)|\w+Lambda(Function|Permission)|\w+EventSourceMapping|\w+EventsRuleSchedule)/,
    ),
  }
}

/** The deployment of the SAM template, transformed as SAM documents it. */
export function samDeployment(stage: string): Deployment {
  const template = parseTemplate(readFileSync(samTemplateFile, 'utf8'))
  const { Resources, Outputs, Globals } = evaluated(template, { Stage: stage })
  const written = propertiesOf(Resources, 'AWS::Serverless::Function')
  const events = written.flatMap(({ FunctionName, Events }) =>
    Object.values(Events as Record<string, SamEvent>).map((event) => ({ ...event, FunctionName })),
  )
  const eventsOf = (type: string) => events.filter(({ Type }) => Type === type)
  const functions = written.map(({ Events: _events, CodeUri: _code, ...own }) => {
    const { Tracing, ...all } = { ...Globals?.Function, ...own } as Properties
    return { ...all, TracingConfig: { Mode: Tracing } }
  })
  return {
    functions: byName(functions),
    api: apiOf(Resources['HttpApi']),
    routes: eventsOf('HttpApi').map(({ Properties: { Method, Path } }) =>
      Path === undefined ? '$default' : `${Method ?? 'ANY'} ${Path}`,
    ),
    mappings: eventsOf('DynamoDB').map(
      ({ FunctionName, Properties: { Stream, DestinationConfig, ...own } }) => ({
        FunctionName,
        EventSourceArn: Stream,
        ...withFilters(own),
        DestinationConfig: withoutType(DestinationConfig),
      }),
    ),
    schedules: eventsOf('Schedule').map(({ FunctionName, Properties: { Schedule } }) => ({
      FunctionName,
      ScheduleExpression: Schedule,
    })),
    outputs: outputsOf(Outputs),
    resources: without(Resources, /^(HttpApi|\w+Function)$/),
  }
}

interface SamEvent {
  readonly Type: string
  readonly Properties: Properties & { readonly Method?: string; readonly Path?: string }
}

/** The name of a function in an ARN of it, as {@link evaluated} leaves one. */
function nameIn(arn: unknown): string {
  return String(arn).replace(/\.Arn$/, '')
}

/** With filters that are compared as JSON. */
function withFilters({ FilterCriteria, ...own }: Properties): Properties {
  const { Filters } = FilterCriteria as { readonly Filters: readonly { readonly Pattern: string }[] }
  return { ...own, filters: Filters.map(({ Pattern }) => JSON.parse(Pattern) as unknown) }
}

/** SAM makes the permission of a role of its own by it. */
function withoutType(destinations: unknown): unknown {
  const { OnFailure } = destinations as { readonly OnFailure: Properties }
  const { Type: _type, ...own } = OnFailure
  return { OnFailure: own }
}

function byName(functions: readonly Properties[]): Deployment['functions'] {
  return Object.fromEntries(functions.map((each) => [String(each['FunctionName']), each]))
}

function outputsOf(outputs: Template['Outputs']): Deployment['outputs'] {
  const names = ['HttpApiUrl', 'TableName', 'RowsTableName']
  return Object.fromEntries(names.map((name) => [name, outputs[name]?.Value]))
}

/** From a stage of an HTTP API, or from an API of SAM, which has one. */
function apiOf(resource: TemplateResource | undefined): DeployedApi {
  const { DefaultRouteSettings: throttling, AccessLogSettings: accessLog } = resource?.Properties ?? {}
  return { throttling, accessLog }
}

/** All resources of a type. */
export function ofType(resources: Deployment['resources'], type: string): readonly TemplateResource[] {
  return Object.values(resources).filter(({ Type }) => Type === type)
}

function propertiesOf(resources: Deployment['resources'], type: string): readonly Properties[] {
  return ofType(resources, type).map(({ Properties }) => Properties)
}

/** The one resource of a type. Throws unless there is exactly one. */
export function only(type: string, { resources }: Deployment): TemplateResource {
  const [found, ...more] = ofType(resources, type)
  if (found === undefined || more.length > 0) throw new Error(`There is not exactly one ${type}.`)
  return found
}

/** The properties of a resource. Throws where there is none of that name. */
export function propertiesIn({ resources }: Deployment, name: string): Properties {
  const found = resources[name]
  if (found === undefined) throw new Error(`There is no resource ${name}.`)
  return found.Properties
}

/** What a role may do. */
export interface RoleStatement {
  readonly Action: readonly string[]
  readonly Resource: string | readonly string[]
}

/** All statements of a role. */
export function statementsOf(deployment: Deployment, role: string): readonly RoleStatement[] {
  const { Policies } = propertiesIn(deployment, role) as {
    readonly Policies: ReadonlyArray<{
      readonly PolicyDocument: { readonly Statement: readonly RoleStatement[] }
    }>
  }
  return Policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement)
}

/** Without the names that match, and without what SAM does not need to be told: what depends on what. */
function without(resources: Deployment['resources'], names: RegExp): Deployment['resources'] {
  const kept = Object.entries(resources).filter(([name]) => !names.test(name))
  return Object.fromEntries(kept.map(([name, { DependsOn: _dependsOn, ...resource }]) => [name, resource]))
}
