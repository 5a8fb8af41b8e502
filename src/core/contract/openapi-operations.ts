import type { Endpoint } from './contract.ts'
import { METHODS, type ParsedEndpoint, parseEndpointText } from './endpoint-text.ts'
import { type DocumentText, type Position, readDocumentText } from './document-text.ts'
import type { Mistake } from './mistake.ts'
import type { PathTemplate } from './path-template.ts'

/** An operation of an OpenAPI document, as an endpoint. */
export interface Operation {
  readonly endpoint: Endpoint
  readonly template: PathTemplate
  /** Found only when asked for: a mistake needs it, thousands of good operations do not. */
  readonly position: () => Position
}

export interface OpenApiDocument {
  readonly operations: readonly Operation[]
  readonly mistakes: readonly Mistake[]
}

type Json = Readonly<Record<string, unknown>>

/** The operations of an OpenAPI 3.x document (JSON or YAML). A token is always required. */
export function readOpenApi(text: string, file: string): OpenApiDocument {
  const document = readDocumentText(text)
  if (!document.ok)
    return { operations: [], mistakes: [{ file, ...document.position, message: document.problem }] }
  const problem = versionProblem(document)
  if (problem !== undefined) return { operations: [], mistakes: [{ file, ...problem }] }
  const root = asMap(document.root)
  const operations: Operation[] = []
  const mistakes: Mistake[] = []
  for (const [path, value] of Object.entries(asMap(root.paths))) {
    if (path.startsWith('x-')) continue
    const mistake = (message: string) => mistakes.push({ file, ...document.locate(['paths', path]), message })
    const item = followRef(root, value)
    if (item === undefined) {
      mistake(`\`${path}\`: its $ref leads nowhere in this document; Weir follows only references within it`)
      continue
    }
    for (const method of methodsOf(item)) {
      const found = operation(root, path, item, method, document.locate)
      if ('problem' in found) mistake(found.problem)
      else operations.push(found)
    }
  }
  if (operations.length === 0 && mistakes.length === 0) {
    mistakes.push({
      file,
      ...document.locate(['paths']),
      message: 'this OpenAPI document has no operation under `paths`',
    })
  }
  return { operations, mistakes }
}

function versionProblem(document: DocumentText & { ok: true }): (Position & { message: string }) | undefined {
  const { openapi, swagger } = asMap(document.root)
  if (swagger !== undefined) {
    const message = 'this is a Swagger 2 document; convert it to OpenAPI 3'
    return { ...document.locate(['swagger']), message }
  }
  if (typeof openapi === 'string' && openapi.startsWith('3.')) return undefined
  return {
    ...document.locate(['openapi']),
    message: 'expected an OpenAPI 3 document: `openapi: 3.1.0` or the like at its top',
  }
}

/** A HEAD beside a GET is the GET's; TRACE is no call of an API. */
function methodsOf(item: Json): string[] {
  const found = METHODS.filter(method => isMap(item[method.toLowerCase()]))
  return found.includes('GET') ? found.filter(method => method !== 'HEAD') : found
}

function operation(
  root: Json,
  pathKey: string,
  item: Json,
  method: string,
  locate: (path: readonly string[]) => Position,
): Operation | { problem: string } {
  const details = asMap(item[method.toLowerCase()])
  const prefix = serverPrefix(details.servers ?? item.servers ?? root.servers)
  if (prefix.includes('{'))
    return { problem: `the server URL of \`${pathKey}\` has a variable without a default` }
  const path = prefix + pathKey.replace(/[?#].*$/s, '')
  const parsed: ParsedEndpoint = /\s/.test(path)
    ? { ok: false, problem: `white space in the path \`${path}\`` }
    : parseEndpointText(`${method} ${path}`)
  if (!parsed.ok) return { problem: parsed.problem }
  const name = operationName(details.operationId) ?? operationName(`${method} ${path}`) ?? method
  const position = () => locate(['paths', pathKey, method.toLowerCase(), 'operationId'])
  return { endpoint: { name, ...parsed.endpoint }, template: parsed.template, position }
}

/** What is no character of a name becomes `-`; a name begins with a letter. */
function operationName(text: unknown): string | undefined {
  if (typeof text !== 'string') return undefined
  const name = text.replaceAll(/[^A-Za-z0-9._-]/g, '-').replace(/^[^A-Za-z]+/, '')
  return name === '' ? undefined : name.slice(0, 200)
}

/** The path of the first server's URL, its variables replaced by their defaults. */
function serverPrefix(servers: unknown): string {
  const server = asMap(Array.isArray(servers) ? servers[0] : undefined)
  if (typeof server.url !== 'string') return ''
  const variables = asMap(server.variables)
  const url = server.url.replaceAll(/\{([^{}]*)\}/g, (whole, name: string) => {
    const fallback = asMap(Object.hasOwn(variables, name) ? variables[name] : undefined).default
    return typeof fallback === 'string' ? fallback : whole
  })
  const path = url
    .replace(/^([a-z][a-z0-9+.-]*:)?\/\/[^/?#]*/i, '')
    .replace(/[?#].*$/s, '')
    .replace(/\/+$/, '')
  return path === '' || path.startsWith('/') ? path : `/${path}`
}

/** The path item itself, or what its `$ref` into this document leads to. */
function followRef(root: Json, value: unknown): Json | undefined {
  const item = asMap(value)
  if (typeof item.$ref !== 'string') return item
  if (!item.$ref.startsWith('#/')) return undefined
  let target: unknown = root
  for (const step of item.$ref.slice(2).split('/')) {
    const key = decodeStep(step)
    target = isMap(target) && Object.hasOwn(target, key) ? target[key] : undefined
  }
  return isMap(target) ? target : undefined
}

/** RFC 6901 in a URI fragment; a broken escape stands for itself. */
function decodeStep(step: string): string {
  const decoded = step.replaceAll(/%[0-9A-Fa-f]{2}/g, code =>
    String.fromCharCode(Number.parseInt(code.slice(1), 16)),
  )
  return decoded.replaceAll('~1', '/').replaceAll('~0', '~')
}

function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function asMap(value: unknown): Json {
  return isMap(value) ? value : {}
}
