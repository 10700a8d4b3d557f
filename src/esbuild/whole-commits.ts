import type { Plugin } from 'esbuild'

/**
 * Leaves out what puts whole commits together over a journal that has just the four methods of `EventJournal`. The
 * journals of Tailfold keep whole commits and never use it. One that would gets an error that names the option.
 */
export function wholeCommits(): Plugin {
  return {
    name: 'tailfold-whole-commits',
    setup({ onLoad }) {
      onLoad({ filter: /[\\/]core[\\/]plain-commit-log\.[jt]s$/ }, () => ({ contents: refusal }))
    },
  }
}

const refusal = `
export function plainCommitLog() {
  throw new TypeError(
    "This bundle takes no journal without a commitLog. Bundle with lambdaBundle({ fourMethodJournals: true })."
  )
}
`
