import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { agreed, voiceMs } from '../../core/availability/probe-verdicts.ts'
import type { Identity, Probe } from '../../core/contract/contract.ts'
import { lastProbeResults } from '../../store/probe-results.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { placeOf, storeNowMs } from './probe-place.ts'
import { answers } from './route-parts.ts'
import type { Scopes } from './scope.ts'

export function probeRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(list(scopes), async c => {
    const { probes } = deps.contracts.inForce().contract.availability
    const nowMs = await storeNowMs(deps)
    const items = await Promise.all(probes.map(probe => showWithResults(deps, probe, nowMs)))
    return c.json({ items, nextCursor: null }, 200)
  })
  api.openapi(schedule(scopes), async c => {
    const { place: wanted } = c.req.valid('query')
    const { availability, identity } = deps.contracts.inForce().contract
    const place = await placeOf(deps.store.db, c.var.actor, wanted)
    const now = instantText(await storeNowMs(deps))
    return c.json(
      {
        place: place ?? null,
        now,
        credentials: credentialsOf(identity),
        probes: availability.probes.map(show),
      },
      200,
    )
  })
}

const probeAnswer = z
  .object({
    name: z.string().openapi({ example: 'search' }),
    request: z.string().openapi({ example: 'GET /search' }),
    expectStatus: z
      .number()
      .int()
      .openapi({ description: '101: the probe opens a WebSocket and closes it.' }),
    expectBody: z.string().nullable().openapi({ description: 'Text that a good answer contains.' }),
    withinMs: z.number().int(),
    everySeconds: z.number().int(),
  })
  .openapi('Probe')

const seenAnswer = z
  .object({
    place: z.string().openapi({ example: 'Frankfurt' }),
    at: z.string().openapi({ description: 'When the request was sent.' }),
    ok: z.boolean(),
    ms: z.number().int(),
    detail: z.string().nullable().openapi({ description: 'What was wrong, in words.' }),
    speaks: z.boolean().openapi({
      description: 'False: it is older than two intervals, and counts for nothing any more.',
    }),
  })
  .openapi('ProbeResult')

const sentIn = z.object({ header: z.string().nullable(), query: z.string().nullable() })

const list = (scopes: Scopes) =>
  createRoute({
    tags: ['availability'],
    method: 'get',
    path: '/api/probes',
    middleware: scopes.provider('availability:read'),
    summary: 'Read what the probes see',
    description:
      'The probes of the contract in force, each with the last result from every place. More than half of the places that speak must agree that it fails: two of three.',
    responses: answers(
      200,
      'Every probe.',
      z.object({
        items: z.array(
          probeAnswer.extend({
            verdict: z.enum(['up', 'down']).nullable().openapi({ description: 'null: no place speaks.' }),
            places: z.array(seenAnswer),
          }),
        ),
        nextCursor: z.null(),
      }),
    ),
  })

const schedule = (scopes: Scopes) =>
  createRoute({
    tags: ['availability'],
    method: 'get',
    path: '/api/probes/schedule',
    middleware: scopes.provider('probes:write'),
    summary: 'Read what to probe',
    description:
      'For `weir probe`: the probes of the contract in force, where the API takes credentials, and the time. With `place`, refuses a token that speaks for another one.',
    request: { query: z.object({ place: z.string().max(200).optional() }) },
    responses: answers(
      200,
      'What to ask, and how often.',
      z.object({
        place: z.string().nullable().openapi({ description: 'The place this token speaks for.' }),
        now: z.string().openapi({ description: 'In the store’s time: results are told in it.' }),
        credentials: z.object({ apiKey: sentIn, token: sentIn.nullable() }),
        probes: z.array(probeAnswer),
      }),
    ),
  })

function show({ name, request, expectStatus, expectBody, withinMs, everySeconds }: Probe) {
  return { name, request, expectStatus, expectBody: expectBody ?? null, withinMs, everySeconds }
}

async function showWithResults({ store }: ControlDeps, probe: Probe, nowMs: number) {
  const results = await lastProbeResults(store.db, probe.name)
  const places = results.map(({ place, atMs, ok, ms, detail }) => ({
    place,
    at: instantText(atMs),
    ok,
    ms,
    detail: detail ?? null,
    speaks: atMs + voiceMs(probe.everySeconds) > nowMs,
  }))
  const verdict = agreed(places.filter(({ speaks }) => speaks)) ?? null
  return { ...show(probe), verdict, places }
}

/** The names of fields and parameters alone, which every customer knows. */
function credentialsOf({ apiKey, token }: Identity) {
  const where = ({ header, query }: { header?: string | undefined; query?: string | undefined }) => ({
    header: header ?? null,
    query: query ?? null,
  })
  return { apiKey: where(apiKey), token: token ? where(token) : null }
}
