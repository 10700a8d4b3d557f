import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** The Chromium at `CHROMIUM_PATH`, or the one that is installed; `undefined` without one. */
export function findChromium(): string | undefined {
  const { CHROMIUM_PATH: given } = process.env
  return (given === undefined ? usual : [given]).find((path) => existsSync(path))
}

/** What to do without one. */
export const noChromium =
  'The browser tests need Chromium, and none was found. Install it (Debian: apt-get install -y ' +
  '--no-install-recommends chromium; macOS: brew install --cask google-chrome), or set CHROMIUM_PATH.'

/**
 * Starts Chromium. To it, `bank.test` and `attacker.test` are this machine: names that make pages insecure, as in a home
 * network, and that an attacker could give to it.
 *
 * @throws Error naming the command that installs one.
 */
export async function startChromium(): Promise<Browser> {
  const executablePath = findChromium()
  if (executablePath === undefined) throw new Error(noChromium)
  const names = '--host-resolver-rules=MAP bank.test 127.0.0.1,MAP attacker.test 127.0.0.1'
  return chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-dev-shm-usage', names] })
}
