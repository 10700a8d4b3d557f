import type { App } from 'tailfold/http'
import type { LocalOptions } from './options.ts'

/** An app behind a runtime, and how it is reached in words. */
export interface ReachedApp {
  readonly app: App
  readonly reached: string
}

/** Puts the runtime that was asked for in front of an app. */
export async function openRuntime({ runtime }: LocalOptions, app: App): Promise<ReachedApp> {
  switch (runtime) {
    case 'node':
      return { app, reached: '' }
    case 'lambda': {
      const { throughLambda } = await import('./lambda.ts')
      return { app: throughLambda(app), reached: ' through the Lambda handler, as behind an HTTP API' }
    }
  }
}
