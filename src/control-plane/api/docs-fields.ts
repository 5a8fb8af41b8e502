import type { ApiDocument } from './api-document.ts'

/** As much of JSON Schema as the generator writes. */
export interface SchemaNode {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly properties?: Readonly<Record<string, SchemaNode>>
  readonly required?: readonly string[]
  readonly items?: SchemaNode
  readonly additionalProperties?: SchemaNode | boolean
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly SchemaNode[]
  readonly oneOf?: readonly SchemaNode[]
  readonly allOf?: readonly SchemaNode[]
  readonly description?: string
  readonly example?: unknown
}

export interface Field {
  /** Dotted, with `[]` for each item of a list. */
  readonly name: string
  readonly type: string
  readonly description: string
}

/** Deeper than this a table is no longer read. */
const MAX_DEPTH = 3

/** The fields of a schema, one row each, those inside others after them. */
export function fieldsOf(document: ApiDocument, schema: SchemaNode, prefix = '', depth = 0): Field[] {
  const node = resolve(document, schema)
  const required = new Set(node.required)
  return Object.entries(node.properties ?? {}).flatMap(([key, property]) => {
    const name = `${prefix}${key}`
    const inner = resolve(document, property)
    const type = typeName(document, inner) + (required.has(key) ? '' : ', optional')
    const nested = depth < MAX_DEPTH ? nestedFields(document, inner, name, depth) : []
    return [{ name, type, description: inner.description ?? '' }, ...nested]
  })
}

function nestedFields(document: ApiDocument, node: SchemaNode, name: string, depth: number): Field[] {
  const list = node.items === undefined ? undefined : resolve(document, node.items)
  if (list !== undefined) return fieldsOf(document, list, `${name}[].`, depth + 1)
  return fieldsOf(document, node, `${name}.`, depth + 1)
}

/** Follows a reference, and puts together what `allOf` and "this or null" spread over several schemas. */
export function resolve(document: ApiDocument, schema: SchemaNode): SchemaNode {
  if (schema.$ref !== undefined) {
    const name = schema.$ref.replace('#/components/schemas/', '')
    const found: SchemaNode | undefined = document.components?.schemas?.[name]
    if (found === undefined) throw new Error(`The document refers to ${schema.$ref}, which it does not hold.`)
    return resolve(document, found)
  }
  const parts = schema.allOf ?? withoutNull(schema.anyOf ?? schema.oneOf)
  if (parts === undefined) return schema
  const resolved = parts.map(part => resolve(document, part))
  const { allOf: _all, anyOf: _any, oneOf: _one, ...rest } = schema
  const together: SchemaNode = Object.assign({}, ...resolved, rest)
  return {
    ...together,
    properties: Object.assign({}, ...resolved.map(({ properties }) => properties), rest.properties),
    required: [...resolved.flatMap(({ required }) => required ?? []), ...(rest.required ?? [])],
  }
}

/** The one schema that is left beside null; a choice between several says itself by its type. */
function withoutNull(choices: readonly SchemaNode[] | undefined): readonly SchemaNode[] | undefined {
  const left = choices?.filter(({ type }) => type !== 'null')
  return left?.length === 1 ? left : undefined
}

function typeName(document: ApiDocument, node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map(String).join(' | ')
  const choices = node.anyOf ?? node.oneOf
  if (choices !== undefined)
    return choices.map(each => typeName(document, resolve(document, each))).join(' | ')
  if (node.items !== undefined) return `list of ${typeName(document, resolve(document, node.items))}`
  const types: string[] = [node.type ?? 'anything'].flat()
  return types.map(type => words[type] ?? type).join(' or ')
}

const words: Readonly<Record<string, string>> = {
  string: 'text',
  integer: 'whole number',
  boolean: 'true or false',
}
