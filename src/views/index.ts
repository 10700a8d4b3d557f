export { checkView, type CheckViewOptions, type ViewCheck } from './check-view.ts'
export { dropView, type DropViewOptions } from './drop-view.ts'
export type { IndexValue } from './index-text.ts'
export { type EntityPosition, parsePosition, positionText } from './position.ts'
export { type Projection, projection, type ProjectionDefinition } from './projection/projection.ts'
export type { ProjectedPage, ProjectedRow, ProjectionReader } from './projection/projection-read.ts'
export type { ProjectedMeta } from './projection/projection-shape.ts'
export { type ReadableView, type ReadViewsOptions, readViews, type ViewReaders } from './read-views.ts'
export { type RebuildReport, rebuildView, type RebuildViewOptions } from './rebuild-view.ts'
export { switchView, type SwitchViewOptions, type ViewSwitch } from './switch-view.ts'
export { type StateOfEntity, type View, view, type ViewDefinition } from './view.ts'
export type {
  FoundRow,
  ViewLag,
  ViewPage,
  ViewQueryOptions,
  ViewReader,
  ViewReadOptions,
  ViewRow,
} from './view-read.ts'
export type { IndexDefinition, IndexDefinitions, RowContext, RowValue } from './view-shape.ts'
export { viewRoutes } from './view-routes.ts'
