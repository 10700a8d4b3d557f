/**
 * How CloudWatch Logs applies a filter pattern of the form `{ $.field = "value" }` to one log line: to a line that is JSON
 * as a whole, and to a field of its outermost object. Throws on any other pattern.
 *
 * Source: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
 */
export function metricFilter(pattern: string): (line: string) => boolean {
  const [, field = '', value] = /^\{ \$\.(\w+) = "([^"\\]+)" \}$/.exec(pattern) ?? []
  if (value === undefined) throw new Error(`This filter pattern is not read here: ${pattern}`)
  return (line) => {
    try {
      return (JSON.parse(line) as Readonly<Record<string, unknown>>)[field] === value
    } catch {
      return false
    }
  }
}
