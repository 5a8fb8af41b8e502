import type { Cors } from '../core/contract/contract.ts'
import { rateLimitFieldNames } from './rate-limit-fields.ts'

/** Names an upstream may not speak under when Weir answers for CORS, in lower case. */
export const corsFieldNames = [
  'access-control-allow-origin',
  'access-control-allow-credentials',
  'access-control-allow-headers',
  'access-control-allow-methods',
  'access-control-expose-headers',
  'access-control-max-age',
  'access-control-allow-private-network',
] as const

const exposed = [...rateLimitFieldNames, 'retry-after', 'weir-request-id'].join(', ')

/** The fields every answer carries, as a flat list of names and values. Never with credentials. */
export function corsFields(cors: Cors, origin: string | undefined): string[] {
  const allowed = allowedOrigin(cors, origin)
  const fields = cors.origins.includes('*') ? [] : ['Vary', 'Origin']
  if (allowed !== undefined) {
    fields.push('Access-Control-Allow-Origin', allowed, 'Access-Control-Expose-Headers', exposed)
  }
  return fields
}

/** True for the question a browser asks before the real request (Fetch standard, "CORS-preflight request"). */
export function isPreflight(method: string, headers: Readonly<Record<string, unknown>>): boolean {
  return (
    method === 'OPTIONS' &&
    headers['origin'] !== undefined &&
    headers['access-control-request-method'] !== undefined
  )
}

/** What a preflight is answered with, besides `corsFields`. */
export function preflightFields(cors: Cors, methods: readonly string[]): string[] {
  const fields = [
    'Access-Control-Allow-Methods',
    methods.join(', '),
    'Access-Control-Allow-Headers',
    cors.headers.join(', '),
  ]
  if (cors.maxAgeSeconds !== undefined) fields.push('Access-Control-Max-Age', String(cors.maxAgeSeconds))
  return fields
}

function allowedOrigin(cors: Cors, origin: string | undefined): string | undefined {
  if (cors.origins.includes('*')) return '*'
  return origin !== undefined && cors.origins.includes(origin) ? origin : undefined
}
