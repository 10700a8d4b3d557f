export type { IndexValue } from './index-text.ts'
export { type EntityPosition, parsePosition, positionText } from './position.ts'
export {
  type ReadViewsOptions,
  readViews,
  type ViewPage,
  type ViewQueryOptions,
  type ViewReader,
  type ViewReaders,
  type ViewReadOptions,
  type ViewRow,
} from './read-views.ts'
export {
  type IndexDefinition,
  type IndexDefinitions,
  type RowContext,
  type RowValue,
  type StateOfEntity,
  type View,
  view,
  type ViewDefinition,
  type ViewedEntity,
} from './view.ts'
