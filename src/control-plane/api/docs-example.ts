import { type ApiDocument, type methods } from './api-document.ts'
import { resolve, type SchemaNode } from './docs-fields.ts'

export interface Operation {
  readonly id: string
  readonly method: (typeof methods)[number]
  readonly path: string
  readonly tag: string
  readonly operation: NonNullable<NonNullable<ApiDocument['paths']>[string]['get']>
}

/** A call to copy into a terminal. */
export function curlExample(document: ApiDocument, each: Operation, body: SchemaNode | undefined): string {
  const { method, path, operation } = each
  const lines = [
    `curl ${method === 'get' ? '' : `-X ${method.toUpperCase()} `}"$WEIR${filled(path, operation)}"`,
    '-H "authorization: Bearer $TOKEN"',
  ]
  if (body !== undefined) {
    lines.push("-H 'content-type: application/json'", `-d '${JSON.stringify(exampleOf(document, body))}'`)
  }
  return lines.join(' \\\n  ')
}

function filled(path: string, operation: Operation['operation']): string {
  const examples = new Map(
    (operation.parameters ?? []).flatMap(parameter => {
      if ('$ref' in parameter) return []
      const example = (parameter.schema as SchemaNode | undefined)?.example ?? parameter.example
      return [[parameter.name, String(example ?? parameter.name.toUpperCase())] as const]
    }),
  )
  return path.replaceAll(/\{(.+?)\}/g, (_, name: string) => examples.get(name) ?? name.toUpperCase())
}

/** The schema's own example, or else one of its required fields. */
function exampleOf(document: ApiDocument, schema: SchemaNode): unknown {
  const node = resolve(document, schema)
  if (node.example !== undefined) return node.example
  if (node.enum !== undefined) return node.enum[0]
  if (node.properties === undefined) return '…'
  const required = new Set(node.required)
  const shown = Object.entries(node.properties).filter(
    ([key, property]) => required.has(key) || property.example !== undefined,
  )
  return Object.fromEntries(shown.map(([key, property]) => [key, exampleOf(document, property)]))
}
