import { checkOptionsObject } from '../core/base/describe-value.ts'

/** A metric and its unit. Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_MetricDatum.html */
export interface EmfMetric {
  readonly Name: string
  readonly Unit: 'Count' | 'Milliseconds'
}

/** What makes CloudWatch take some members of a line as metrics. */
export interface EmfDirective {
  readonly Namespace: string
  readonly Dimensions: readonly [readonly string[]]
  readonly Metrics: readonly EmfMetric[]
}

/** The directive for some metrics by one set of dimensions. */
export function emfDirective(
  Namespace: string,
  dimensions: readonly string[],
  Metrics: readonly EmfMetric[],
): EmfDirective {
  return { Namespace, Dimensions: [dimensions], Metrics }
}

/**
 * Throws `TypeError` for a namespace, or further dimensions, that CloudWatch does not take. `reserved` are members of the
 * line that no dimension may be named after.
 */
export function checkEmfNames(
  namespace: string,
  dimensions: Readonly<Record<string, string>>,
  reserved: ReadonlySet<string>,
): void {
  checkNamespace(namespace)
  checkOptionsObject('dimensions', dimensions)
  checkDimensions(dimensions, reserved)
}

/** Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricData.html */
function checkNamespace(namespace: string): void {
  if (typeof namespace === 'string' && /^(?!AWS\/)[\w.\-/#:]{1,255}$/.test(namespace)) return
  throw new TypeError(
    `An EMF namespace is 1 to 255 letters, digits and ".-_/#:", not beginning with "AWS/"; not ${JSON.stringify(namespace)}.`,
  )
}

/** Entity type, command and outcome are three more. */
const mostDimensions = 30 - 3

/** Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_Dimension.html */
function checkDimensions(dimensions: Readonly<Record<string, string>>, reserved: ReadonlySet<string>): void {
  const entries = Object.entries(dimensions)
  if (entries.length > mostDimensions)
    throw new TypeError(`EMF metrics take up to ${mostDimensions} dimensions, not ${entries.length}.`)
  for (const [name, value] of entries) {
    if (reserved.has(name)) throw new TypeError(`The EMF dimension ${name} has a meaning already.`)
    if (!/^(?!:)[\x20-\x7e]{1,255}$/.test(name) || name.trim() === '')
      throw new TypeError(
        `${JSON.stringify(name)} is no name of an EMF dimension: 1 to 255 ASCII characters.`,
      )
    if (typeof value !== 'string' || !/^[\x20-\x7e]{1,1024}$/.test(value) || value.trim() === '')
      throw new TypeError(`The EMF dimension ${name} needs a value of 1 to 1024 ASCII characters.`)
  }
}
