import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/**
 * Starts the Chromium at `CHROMIUM_PATH`, or the one that is installed. For it `bank.test` is this machine, by a name
 * that makes its pages insecure, as they are in a network at home.
 *
 * @throws Error naming the command that installs one.
 */
export function startChromium(): Promise<Browser> {
  const { CHROMIUM_PATH: given } = process.env
  const executablePath = given ?? usual.find((path) => existsSync(path))
  if (executablePath === undefined || !existsSync(executablePath)) {
    throw new Error(
      `The browser tests need Chromium, and there is none at ${given ?? usual.join(', ')}. Install one ` +
        '(Debian: apt-get install -y --no-install-recommends chromium; macOS: brew install --cask google-chrome), ' +
        'or set CHROMIUM_PATH.',
    )
  }
  const args = ['--no-sandbox', '--disable-dev-shm-usage', '--host-resolver-rules=MAP bank.test 127.0.0.1']
  return chromium.launch({ executablePath, args })
}
