import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
import { suggestion } from '../../core/contract/nearest-name.ts'
import { ProblemError } from '../../http/problem.ts'
import { addProbeResults } from '../../store/probe-results.ts'
import type { Schema } from '../../store/schema.ts'
import { change } from './change.ts'
import type { Actor, ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { placeOf, storeNowMs } from './probe-place.ts'
import { answers, instant, jsonBody, label } from './route-parts.ts'
import type { Scopes } from './scope.ts'

export function probeResultRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(report(scopes), async c => {
    const wanted = c.req.valid('json')
    const { actor } = c.var
    const nowMs = await storeNowMs(deps)
    return c.json(await change(deps, c, async trx => keep(deps, trx, actor, wanted, nowMs)), 200)
  })
}

const MOST_RESULTS = 500

const results = z.strictObject({
  place: label(200)
    .optional()
    .openapi({ description: 'A probe’s token knows its own; anyone else has to name one.' }),
  results: z
    .array(
      z.strictObject({
        probe: z.string().openapi({ example: 'search' }),
        at: instant,
        ok: z.boolean(),
        ms: z.number().int().min(0).max(3_600_000),
        detail: label(500).optional().openapi({ example: 'answered 503, not 200' }),
      }),
    )
    .min(1, 'Must have a result.')
    .max(MOST_RESULTS, `Must have at most ${MOST_RESULTS} results.`),
})

type Wanted = z.output<typeof results>

const report = (scopes: Scopes) =>
  createRoute({
    tags: ['availability'],
    method: 'post',
    path: '/api/probes/results',
    middleware: scopes.provider('probes:write'),
    summary: 'Report what a probe saw',
    description:
      'From one place, at most 500 at once, all of them or none. A result that was told before changes nothing, so it may be told again.',
    request: { body: jsonBody(results) },
    responses: answers(
      200,
      'Kept.',
      z.object({ place: z.string(), kept: z.number().int().openapi({ description: 'How many are new.' }) }),
    ),
  })

async function keep(
  deps: ControlDeps,
  trx: Transaction<Schema>,
  actor: Actor,
  { place: wanted, results: told }: Wanted,
  nowMs: number,
) {
  const place = await placeOf(trx, actor, wanted)
  if (place === undefined) refuse([{ path: 'place', message: 'Say from which place they are.' }])
  refuse(mistakesIn(deps, told, nowMs))
  const kept = await addProbeResults(
    trx,
    told.map(({ probe, at, ok, ms, detail }) => ({ probe, place, atMs: Date.parse(at), ok, ms, detail })),
  )
  // A machine that measures writes no audit, as gateways do not. A person's word may decide about money.
  const person = actor.role !== 'probe'
  const audit = {
    action: 'probes.reported',
    subject: place,
    organizationId: undefined,
    details: { kept, probes: [...new Set(told.map(({ probe }) => probe))] },
  }
  return { body: { place, kept }, audit: person && kept > 0 ? audit : undefined }
}

interface Mistake {
  readonly path: string
  readonly message: string
}

/** What clocks that are kept by NTP differ by at the very most, and the way of a request. */
const SKEW_MS = 10_000
/** A probe that was cut off for longer has dropped its oldest; what is older is a clock that was never set. */
const OLDEST_MS = 31 * 86_400_000

function mistakesIn({ contracts }: ControlDeps, told: Wanted['results'], nowMs: number): Mistake[] {
  const names = contracts.inForce().contract.availability.probes.map(({ name }) => name)
  return told.flatMap(({ probe, at }, i) => {
    const mistakes: Mistake[] = []
    if (!names.includes(probe)) {
      const message = `The contract in force has no probe "${probe}"${suggestion(probe, names)}`
      mistakes.push({ path: `results.${i}.probe`, message })
    }
    const aheadMs = Date.parse(at) - nowMs
    if (aheadMs > SKEW_MS || aheadMs < -OLDEST_MS) {
      const message = `Must be an instant from ${instantText(nowMs - OLDEST_MS)} to ${instantText(nowMs + SKEW_MS)}; put the clock right.`
      mistakes.push({ path: `results.${i}.at`, message })
    }
    return mistakes
  })
}

function refuse(mistakes: readonly [Mistake]): never
function refuse(mistakes: readonly Mistake[]): void
function refuse(mistakes: readonly Mistake[]): void {
  const [first] = mistakes
  if (first === undefined) return
  throw new ProblemError('invalid-body', `${first.path}: ${first.message}`, { mistakes })
}
