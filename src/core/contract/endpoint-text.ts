import type { Endpoint } from './contract.ts'
import { nearestName } from './nearest-name.ts'
import { parsePathTemplate, type PathTemplate } from './path-template.ts'

/** What Node's HTTP parser and an upstream both take; CONNECT and TRACE are no calls of an API. */
export const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'QUERY'] as const

export type ParsedEndpoint =
  | { readonly ok: true; readonly endpoint: Omit<Endpoint, 'name'>; readonly template: PathTemplate }
  | { readonly ok: false; readonly problem: string }

/** `METHOD path`, then `(websocket)` or `(no token)` or both. */
export function parseEndpointText(text: string): ParsedEndpoint {
  const [, method = '', path = '', rest = ''] = /^(\S+)\s+(\S+)(.*)$/s.exec(text.trim()) ?? []
  // What stands in parentheses is kept together; the path may hold parentheses of its own.
  const marks: string[] = rest.match(/\([^()]*\)|\S+/g) ?? []
  if (path === '') return { ok: false, problem: 'expected `METHOD path`, such as `GET /users/{id}`' }
  if (!isMethod(method)) {
    const near = nearestName(method, METHODS)
    const hint = near === undefined ? `one of ${METHODS.join(', ')}` : `\`${near}\``
    return { ok: false, problem: `\`${method}\` is no method; expected ${hint}` }
  }
  const unknown = marks.find(mark => mark !== '(websocket)' && mark !== '(no token)')
  if (unknown !== undefined) {
    return {
      ok: false,
      problem: `\`${unknown}\` is not understood; after the path stand only \`(websocket)\` and \`(no token)\``,
    }
  }
  if (new Set(marks).size < marks.length) return { ok: false, problem: `\`${marks[0] ?? ''}\` stands twice` }
  const websocket = marks.includes('(websocket)')
  if (websocket && method !== 'GET')
    return { ok: false, problem: 'a websocket opens with GET; write `GET` here' }
  const parsed = parsePathTemplate(path)
  if (!parsed.ok) return parsed
  return {
    ok: true,
    endpoint: { method, path, websocket, token: !marks.includes('(no token)') },
    template: parsed.template,
  }
}

function isMethod(method: string): boolean {
  return METHODS.some(known => known === method)
}

/**
 * Two endpoints with the same key would match the same requests. A HEAD counts as its GET; a plain GET and
 * a WebSocket never meet, since only an upgrade reaches the one and never the other.
 */
export function endpointShape(endpoint: Omit<Endpoint, 'name'>, template: PathTemplate): string {
  const method = endpoint.method === 'HEAD' ? 'GET' : endpoint.method
  return `${method}${endpoint.websocket ? '+websocket' : ''} ${template.shape}`
}
