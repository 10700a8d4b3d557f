import { d1Schema } from 'tailfold/cloudflare'
import type { Workerd } from './workerd.ts'

/** Applies the migration to a database of a Worker. */
export async function createTables({ miniflare }: Workerd, binding: string, feed = false): Promise<void> {
  const database = await miniflare.getD1Database(binding)
  for (const statement of d1Schema({ feed }).split(';\n')) {
    if (statement !== '') await database.prepare(statement).run()
  }
}
