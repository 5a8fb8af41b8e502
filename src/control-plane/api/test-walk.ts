import { z } from '@hono/zod-openapi'

const parameter = z.object({
  name: z.string(),
  in: z.enum(['path', 'query', 'header']),
  schema: z.object({ enum: z.array(z.string()).optional() }).optional(),
})
const operation = z.object({
  parameters: z.array(parameter).default([]),
  responses: z.record(z.string(), z.object({ content: z.record(z.string(), z.unknown()).optional() })),
})
const document = z.object({ paths: z.record(z.string(), z.record(z.string(), operation)) })

/** An operation as the API’s own document declares it. */
export interface Operation {
  readonly method: string
  /** As in the document: `/api/apps/{app}`. */
  readonly path: string
  readonly inPath: readonly string[]
  /** With the values that it lists, if it does. */
  readonly inQuery: readonly { readonly name: string; readonly values: readonly string[] | undefined }[]
  readonly inHeader: readonly string[]
  /** What it answers with, where it succeeds. */
  readonly types: readonly string[]
}

export function operationsOf(text: unknown): Operation[] {
  return Object.entries(document.parse(text).paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { parameters, responses }]) => ({
      method: method.toUpperCase(),
      path,
      inPath: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''),
      inQuery: parameters
        .filter(each => each.in === 'query')
        .map(({ name, schema }) => ({ name, values: schema?.enum })),
      inHeader: parameters.filter(each => each.in === 'header').map(({ name }) => name),
      types: Object.entries(responses)
        .filter(([status]) => status.startsWith('2'))
        .flatMap(([, { content }]) => Object.keys(content ?? {})),
    })),
  )
}

/** What parameters are set to, by name. */
export type Values = Readonly<Record<string, readonly string[]>>

export interface Request {
  readonly path: string
  /** Of the path’s parameters, those that are the other’s. */
  readonly foreignInPath: readonly string[]
  /** It names the other organization in a filter that the route does not have. */
  readonly undeclared: boolean
  readonly headers: Readonly<Record<string, string>>
}

/** Throws for a parameter of which nobody has said what the other’s value is: a new route says it first. */
function valuesOf(name: string, values: Values, listed: readonly string[] | undefined): readonly string[] {
  const found = Object.hasOwn(values, name) ? values[name] : listed
  if (found === undefined || found.length === 0) {
    throw new Error(`the walk has no value for the parameter "${name}": add the other’s to its values`)
  }
  return found
}

/**
 * All ways to ask for something of the other’s: its things in the path, alone and mixed with one’s own; every query
 * parameter with every value, one by one and all together; a filter that is not there; every header; every type of answer.
 */
export function requestsOf(
  { method, path, inPath, inQuery, inHeader, types }: Operation,
  { own, foreign }: { readonly own: Values; readonly foreign: Values },
): Request[] {
  const sets = inQuery.map(({ name, values }) => ({ name, values: valuesOf(name, foreign, values) }))
  const most = Math.max(0, ...sets.map(({ values }) => values.length))
  const together = Array.from({ length: most }, (_, at) =>
    sets.map(({ name, values }) => [name, values[at % values.length] ?? ''] as const),
  )
  const alone = sets.flatMap(({ name, values }) => values.map(value => [[name, value] as const]))
  const hasFilter = inQuery.some(({ name }) => name === 'organization')
  const others = valuesOf('organization', foreign, undefined).map(id => [['organization', id] as const])
  const queries = [
    ...[[], ...alone, ...together].map(each => ({ query: textOf(each), undeclared: false })),
    ...(hasFilter ? [] : others).map(each => ({ query: textOf(each), undeclared: true })),
  ]
  const sent = inHeader.map(name => [name, valuesOf(name, foreign, undefined)[0] ?? ''] as const)
  const accepts = ['', ...types].map(type => (type === '' ? {} : { accept: type }))
  const headers = [{}, Object.fromEntries(sent)].flatMap(set =>
    accepts.map(accept => ({ ...set, ...accept })),
  )
  const used = sent.length === 0 ? headers.slice(0, accepts.length) : headers
  return pathsOf(method, path, inPath, { own, foreign }).flatMap(filled =>
    queries.flatMap(({ query, undeclared }) =>
      used.map(fields => ({
        path: query === '' ? filled.path : `${filled.path}?${query}`,
        foreignInPath: filled.foreignInPath,
        undeclared,
        headers: fields,
      })),
    ),
  )
}

function textOf(query: readonly (readonly [name: string, value: string])[]): string {
  return new URLSearchParams(query.map(([name, value]) => [name, value])).toString()
}

/** What changes something is not asked for one's own things alone: that would change them. */
function pathsOf(
  method: string,
  path: string,
  inPath: readonly string[],
  { own, foreign }: { readonly own: Values; readonly foreign: Values },
): Pick<Request, 'path' | 'foreignInPath'>[] {
  let filled = [{ path, foreignInPath: [] as readonly string[] }]
  for (const name of inPath) {
    filled = filled.flatMap(each => [
      ...valuesOf(name, foreign, undefined).map(value => ({
        path: each.path.replace(`{${name}}`, value),
        foreignInPath: [...each.foreignInPath, name],
      })),
      ...valuesOf(name, own, undefined).map(value => ({
        ...each,
        path: each.path.replace(`{${name}}`, value),
      })),
    ])
  }
  return filled.filter(
    ({ foreignInPath }) => method === 'GET' || inPath.length === 0 || foreignInPath.length > 0,
  )
}
