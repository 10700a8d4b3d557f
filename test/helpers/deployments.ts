import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { evaluated, parseTemplate, type Template, type TemplateResource } from './cloudformation.ts'
import { root } from './doc-blocks.ts'

/** What a template deploys, with names and values as they will be, whatever tool it is written for. */
export interface Deployment {
  readonly bankFunction: Readonly<Record<string, unknown>>
  readonly api: DeployedApi
  /** As `$default`. */
  readonly routes: readonly string[]
  /** The URL of the API and the name of the table. */
  readonly outputs: Readonly<Record<string, unknown>>
  /** All else that is written by hand: table, role, log group, alarms, dashboard. */
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
  const { BankLambdaFunction, ...others } = Resources
  const { Code: _code, ...bankFunction } = BankLambdaFunction?.Properties ?? {}
  return {
    bankFunction,
    api: apiOf(Resources['HttpApiStage']),
    routes: ofType(Resources, 'AWS::ApiGatewayV2::Route').map(({ Properties }) =>
      String(Properties['RouteKey']),
    ),
    outputs: { HttpApiUrl: Outputs['HttpApiUrl']?.Value, TableName: Outputs['TableName']?.Value },
    // What osls makes of functions and events by itself.
    resources: without(others, /^(ServerlessDeploymentBucket|HttpApi(?!LogGroup)|BankLambdaPermission)/),
  }
}

/** The deployment of the SAM template, transformed as SAM documents it. */
export function samDeployment(stage: string): Deployment {
  const template = parseTemplate(readFileSync(samTemplateFile, 'utf8'))
  const { Resources, Outputs, Globals } = evaluated(template, { Stage: stage })
  const { BankFunction, ...others } = Resources
  const { CodeUri: _code, Events, Tracing, ...own } = { ...Globals?.Function, ...BankFunction?.Properties }
  const events = Object.values(Events as Record<string, { Properties: { Method?: string; Path?: string } }>)
  return {
    bankFunction: { ...own, TracingConfig: { Mode: Tracing } },
    api: apiOf(Resources['HttpApi']),
    routes: events.map(({ Properties: { Method, Path } }) =>
      Path === undefined ? '$default' : `${Method ?? 'ANY'} ${Path}`,
    ),
    outputs: { HttpApiUrl: Outputs['HttpApiUrl']?.Value, TableName: Outputs['TableName']?.Value },
    resources: without(others, /^HttpApi$/),
  }
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

/** The one resource of a type. Throws unless there is exactly one. */
export function only(type: string, { resources }: Deployment): TemplateResource {
  const [found, ...more] = ofType(resources, type)
  if (found === undefined || more.length > 0) throw new Error(`There is not exactly one ${type}.`)
  return found
}

/** Without the names that match, and without what SAM does not need to be told: what depends on what. */
function without(resources: Deployment['resources'], names: RegExp): Deployment['resources'] {
  const kept = Object.entries(resources).filter(([name]) => !names.test(name))
  return Object.fromEntries(kept.map(([name, { DependsOn: _dependsOn, ...resource }]) => [name, resource]))
}
