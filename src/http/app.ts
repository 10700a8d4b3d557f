export type { App } from './base-app.ts'
export type { ServedEntity } from './served-entity.ts'
import { aFunction, type Checks, checkOptions } from '../core/base/check-options.ts'
import type { EventJournal } from '../core/journal/event-journal.ts'
import type { Journal } from '../core/journal/journal.ts'
import { toJournal } from '../core/journal/to-journal.ts'
import { type App, appChecks, baseApp, type BaseAppOptions, checkRoutes } from './base-app.ts'
import type { Route, ServedView } from './route.ts'
import { commandRoute } from './routes/command.ts'
import { type DescribeApi, descriptionRoute } from './routes/description.ts'
import { eventsRoute } from './routes/events.ts'
import { healthRoute } from './routes/health.ts'
import { idsRoute } from './routes/ids.ts'
import { stateRoute } from './routes/state.ts'
import type { ServedEntity } from './served-entity.ts'

/** What an app is made of. */
export interface AppOptions<
  Entities extends readonly ServedEntity[],
  Further extends readonly Route[] = readonly Route[],
> extends Omit<BaseAppOptions<Entities>, 'journal'> {
  /** Where commits and snapshots live, in whole commits or by the four methods of `EventJournal`. */
  readonly journal: Journal | EventJournal
  /** Describes the app at `/openapi.json`: `openApi` of `tailfold/openapi`. Default: there is no such path. */
  readonly openapi?: DescribeApi
  /** Further routes, such as those that `viewRoutes` of `tailfold/views` makes. Default none. */
  readonly routes?: Further
}

/** The view that a route is about. */
type ViewOf<Each> = Each extends { readonly view: infer View extends ServedView } ? View : never

/** Every route about entities, and `/health`. */
const routes: readonly Route[] = [idsRoute, stateRoute, eventsRoute, commandRoute, healthRoute]

const checks: Checks<AppOptions<readonly ServedEntity[]>> = { ...appChecks, openapi: aFunction }

/**
 * Makes an app with every route. Throws `TypeError` without `authorize`, without entities, on two of the same type, on one
 * named `health`, and on definitions, limits and origins that cannot work.
 */
export function createApp<
  const Entities extends readonly ServedEntity[],
  const Further extends readonly Route[] = readonly [],
>(options: AppOptions<Entities, Further>): App<Entities, ViewOf<Further[number]>> {
  checkOptions<AppOptions<readonly ServedEntity[]>>('createApp', options, checks)
  const { openapi, journal, routes: further = [], ...base } = options
  checkRoutes(further)
  const described = openapi === undefined ? [] : [descriptionRoute(openapi)]
  const app = baseApp({
    ...base,
    journal: toJournal(journal),
    routes: [...routes, ...further, ...described],
  })
  return app as App<Entities, ViewOf<Further[number]>>
}
