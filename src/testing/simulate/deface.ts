import { isPlainObject } from '../../core/base/json.ts'

/** Changes plain objects and arrays, all the way down, wherever that is possible: what a careless handler does. */
export function deface(value: unknown): void {
  if (!Array.isArray(value) && !isPlainObject(value)) return
  for (const [key, part] of Object.entries(value)) {
    if (key === 'replyTo') continue
    deface(part)
    Reflect.set(value, key, 'defaced')
  }
  if (Array.isArray(value)) Reflect.set(value, 'length', 0)
}
