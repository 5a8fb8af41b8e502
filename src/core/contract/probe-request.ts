import type { Endpoint } from './contract.ts'
import { METHODS } from './endpoint-text.ts'
import { suggestion } from './nearest-name.ts'

export type ProbeRequest =
  | { readonly ok: true; readonly request: string }
  | { readonly ok: false; readonly problem: string; readonly unknownEndpoint: boolean }

/** `METHOD path` (with a query if wanted), or the name of an endpoint that can be called without parameters. */
export function probeRequest(text: string, endpoints: readonly Endpoint[]): ProbeRequest {
  const words = text.trim().split(/\s+/)
  const [method = '', path = ''] = words
  if (words.length === 1) return namedRequest(method, endpoints)
  if (words.length === 2 && METHODS.some(known => known === method) && /^\/[^\s#\\{}]*$/.test(path)) {
    return { ok: true, request: `${method} ${path}` }
  }
  const problem = `expected \`METHOD path\` without parameters, such as \`GET /health\`; found "${text}"`
  return { ok: false, problem, unknownEndpoint: false }
}

function namedRequest(name: string, endpoints: readonly Endpoint[]): ProbeRequest {
  const endpoint = endpoints.find(candidate => candidate.name === name)
  if (endpoint === undefined) {
    const hint = suggestion(
      name,
      endpoints.map(candidate => candidate.name),
    )
    return { ok: false, problem: `there is no endpoint \`${name}\`${hint}`, unknownEndpoint: true }
  }
  if (endpoint.websocket || endpoint.path.includes('{')) {
    const [why, what] = endpoint.path.includes('{')
      ? ['has parameters', '`METHOD path`']
      : ['is a websocket', `\`GET ${endpoint.path}\`, and \`expectStatus: 101\``]
    const problem = `a probe cannot call \`${name}\`, which ${why}; write ${what}`
    return { ok: false, problem, unknownEndpoint: false }
  }
  return { ok: true, request: `${endpoint.method} ${endpoint.path}` }
}
