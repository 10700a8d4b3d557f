/** A document in CloudWatch's embedded metric format, parsed. */
export type EmfDocument = Record<string, unknown> & { readonly _aws: EmfMetadata }

interface EmfMetadata {
  readonly Timestamp: number
  readonly CloudWatchMetrics: readonly EmfDirective[]
}

interface EmfDirective {
  readonly Namespace: string
  readonly Dimensions: ReadonlyArray<readonly string[]>
  readonly Metrics: ReadonlyArray<{ readonly Name: string; readonly Unit?: string }>
}

const units =
  /^((Micro|Milli)?[Ss]econds|((Kilo|Mega|Giga|Tera)?(bytes|bits)|Bytes|Bits|Count)(\/Second)?|Percent|None)$/

/**
 * What is wrong with a line, by the rules of the specification.
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function emfProblems(line: string): readonly string[] {
  const problems: string[] = []
  const expectThat = (holds: boolean, problem: string) => holds || problems.push(problem)
  const isText = (value: unknown, longest: number): value is string =>
    typeof value === 'string' && value.length >= 1 && value.length <= longest

  expectThat(!line.includes('\n'), 'more than one line')
  expectThat(Buffer.byteLength(line) < 256 * 1024, 'more than 256 KB')
  const root = JSON.parse(line) as EmfDocument
  const { Timestamp, CloudWatchMetrics, ...rest } = root._aws
  expectThat(Number.isInteger(Timestamp) && Timestamp > 1e12, 'Timestamp is not in milliseconds')
  expectThat(Object.keys(rest).length === 0, 'further members of _aws')
  expectThat(Array.isArray(CloudWatchMetrics) && CloudWatchMetrics.length > 0, 'no directives')
  for (const { Namespace, Dimensions, Metrics, ...more } of CloudWatchMetrics) {
    expectThat(Object.keys(more).length === 0, 'further members of a directive')
    expectThat(isText(Namespace, 255), 'Namespace')
    expectThat(Dimensions.length >= 1, 'no DimensionSet')
    for (const set of Dimensions) {
      expectThat(set.length <= 30, 'more than 30 dimensions')
      for (const name of set) {
        expectThat(isText(name, 255), `dimension ${name}`)
        expectThat(isText(root[name], 1024), `dimension ${name} has no text as its target`)
      }
    }
    expectThat(Metrics.length >= 1 && Metrics.length <= 100, 'number of metrics')
    for (const { Name, Unit = 'None', ...others } of Metrics) {
      expectThat(Object.keys(others).length === 0, 'further members of a metric')
      expectThat(isText(Name, 255), `metric ${Name}`)
      expectThat(units.test(Unit), `unit ${Unit}`)
      expectThat(Number.isFinite(root[Name]), `metric ${Name} has no number as its target`)
    }
  }
  return problems
}

/** Each metric of a line as CloudWatch keeps it: namespace, dimensions with their values, name, value. */
export function emfValues(
  line: string,
): ReadonlyArray<readonly [string, Record<string, unknown>, string, unknown]> {
  const root = JSON.parse(line) as EmfDocument
  return root._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
    Dimensions.flatMap((set) =>
      Metrics.map(
        ({ Name }) =>
          [Namespace, Object.fromEntries(set.map((name) => [name, root[name]])), Name, root[Name]] as const,
      ),
    ),
  )
}
