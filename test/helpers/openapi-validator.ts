import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Validator, validate } from '@hyperjump/json-schema/openapi-3-1'
import { temporaryFolder } from './local-server.ts'

type Json = Extract<Parameters<Validator>[0], object>

/** A document that is validated, and validates. */
export interface CheckedDocument {
  /** What is wrong with the document itself, schemas and all, by the schema the OpenAPI Initiative publishes. */
  readonly faults: readonly string[]
  /** Whether a value fits the schema at a JSON Pointer of the document. */
  accepts(pointer: string, value: unknown): Promise<boolean>
}

/** Checks an OpenAPI 3.1 document. Offline: the validator brings the schemas of the specification along. */
export async function checkDocument(document: object): Promise<CheckedDocument> {
  const output = await validate('https://spec.openapis.org/oas/3.1/schema-base', document as Json, 'BASIC')
  const errors = output.valid ? [] : (output.errors ?? [])
  return {
    faults: [...new Set(errors.map(({ instanceLocation }) => instanceLocation))],
    async accepts(pointer, value) {
      const folder = temporaryFolder()
      const file = join(folder.path, 'document.openapi.json')
      writeFileSync(file, JSON.stringify(document))
      try {
        return (await validate(`${pathToFileURL(file).href}#${pointer}`, value as Json)).valid
      } finally {
        folder.remove()
      }
    },
  }
}
