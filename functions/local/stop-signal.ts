/** npm passes a Ctrl-C on that the terminal has already sent: one that follows so soon is the same one. */
const repeatMs = 300

/** npm passes a SIGTERM on to the shell between it and this process, and the shell ends without telling anybody. */
const parentCheckMs = 500

/**
 * At SIGINT or SIGTERM, and when the npm that started it is gone, runs `stop`, then exits with 0. A second signal ends
 * the process at once.
 */
export function onStopSignal(stop: () => Promise<void>, fail: (error: unknown) => never): void {
  let stopping = false
  const begin = (why: string) => {
    if (stopping) return
    stopping = true
    console.log(`${why}: finishing what is under way; a second signal stops at once`)
    setTimeout(() => process.off('SIGINT', begin).off('SIGTERM', begin), repeatMs).unref()
    stop().then(() => process.exit(0), fail)
  }
  process.on('SIGINT', begin).on('SIGTERM', begin)
  if (process.env['npm_lifecycle_event'] !== undefined) whenParentIsGone(() => begin('npm is gone'))
}

function whenParentIsGone(then: () => void): void {
  const parent = process.ppid
  setInterval(() => process.ppid !== parent && then(), parentCheckMs).unref()
}
