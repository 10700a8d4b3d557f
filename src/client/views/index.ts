export { clientWithViews } from './client-with-views.ts'
export type {
  ClientWithViews,
  IndexQueryOptions,
  IndexValue,
  RowOptions,
  ViewClient,
  ViewClients,
  ViewRowOf,
} from './types.ts'
