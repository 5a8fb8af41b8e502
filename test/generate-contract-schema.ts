import { writeFileSync } from 'node:fs'
import { format } from 'prettier'

import { contractJsonSchema } from '../src/core/contract/contract-shape.ts'

/** contracts/contract.schema.json, as it must stand in the repository. Run this file to write it anew. */
export const schemaFile = new URL('../contracts/contract.schema.json', import.meta.url)

export function contractSchemaText(): Promise<string> {
  return format(JSON.stringify(contractJsonSchema()), { parser: 'json', printWidth: 110 })
}

if (import.meta.main) writeFileSync(schemaFile, await contractSchemaText())
