/**
 * Writes a line to standard output. Not through `console`: Lambda adds a prefix to what comes that way, or wraps it in
 * JSON of its own, and then neither CloudWatch Logs Insights nor the metrics in it are found.
 * Source: https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html
 */
export function writeLine(line: string): void {
  process.stdout.write(`${line}\n`)
}
