import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import { contractChanges } from '../../core/contract/diff/contract-changes.ts'
import { changeWords } from '../../core/contract/diff/describe-changes.ts'
import type { Contract } from '../../core/contract/contract.ts'
import type { Mistake } from '../../core/contract/mistake.ts'
import { ProblemError } from '../../http/problem.ts'
import { contractVersions, type ContractVersion } from '../../store/contracts.ts'
import { change } from './change.ts'
import type { ContractInForce, TakenContract } from './contracts.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { effectiveFrom, instantText } from './instants.ts'
import { listOf, numberedAnswer, numberOf, pageQuery } from './lists.ts'
import { answers, instant, jsonBody } from './route-parts.ts'
import type { Scopes } from './scope.ts'

export function contractRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  const { contracts } = deps
  const { db } = deps.store
  api.openapi(readOne(scopes), c => c.json(showInForce(contracts.inForce()), 200))
  api.openapi(check(scopes), async c => {
    const checked = await contracts.check(db, { ...c.req.valid('json'), source: 'api' }, deps.clock())
    if (checked.ok) {
      const changes = showChanges(contracts.inForce().contract, checked.contract)
      return c.json({ ok: true, mistakes: [], obstacles: [], changes }, 200)
    }
    const { mistakes, obstacles } = checked
    return c.json({ ok: false, mistakes: [...mistakes], obstacles: [...obstacles], changes: [] }, 200)
  })
  api.openapi(put(scopes), async c => {
    const { from, ...proposed } = c.req.valid('json')
    const inForce = await change(deps, c, async (trx, nowMs) => {
      const pricesFromMs = from === undefined ? undefined : effectiveFrom(from, nowMs)
      const taken = await contracts.take(trx, { ...proposed, source: 'api', pricesFromMs }, nowMs)
      return tell(taken, contracts.inForce().contract)
    })
    contracts.hold(inForce)
    return c.json(showInForce(inForce), 200)
  })
  api.openapi(list(scopes), async c => {
    const query = c.req.valid('query')
    const rows = await contractVersions(db, { limit: query.limit + 1, below: numberOf(query.cursor) })
    return c.json(
      numberedAnswer(rows, query, ({ version }) => version, showVersion),
      200,
    )
  })
}

const proposal = z.strictObject({
  yaml: z.string().openapi({ description: 'The whole contract.yaml.', example: 'weir: 1\nname: chat\n' }),
  documents: z.record(z.string(), z.string()).optional().openapi({
    description:
      'OpenAPI files that the contract names, by name; those left out are taken from the version in force.',
    example: {},
  }),
})

const versionAnswer = z
  .object({
    version: z.number().int(),
    source: z.enum(['file', 'api']),
    loadedAt: z.string().openapi({ description: 'Limits hold from here.' }),
    pricesFrom: z.string().openapi({ description: 'Prices, SLA and support hold from here.' }),
  })
  .openapi('ContractVersion')

const inForceAnswer = versionAnswer.extend({
  name: z.string(),
  description: z.string().nullable(),
  currency: z.string(),
  plans: z.array(z.string()),
  supportPlans: z.array(z.string()),
  endpoints: z.array(z.string()),
  platforms: z.array(z.string()),
  yaml: z.string(),
  documents: z.record(z.string(), z.string()),
})

const mistakeAnswer = z.object({
  file: z.string(),
  line: z.number().int(),
  column: z.number().int(),
  message: z.string(),
})

const changeAnswer = z
  .object({
    who: z.object({
      kind: z.enum(['callers', 'platform', 'customers', 'plan', 'support-plan', 'provider']),
      names: z.array(z.string()).optional(),
    }),
    what: z.string().openapi({ example: 'Plan start, price a month' }),
    before: z.string().nullable().openapi({ example: '499.00 USD' }),
    after: z.string().nullable().openapi({ example: '520.00 USD' }),
    effect: z.enum(['better', 'worse', 'neither']).openapi({ description: 'For the customer.' }),
    holds: z.enum(['at once', 'from the next month']).openapi({ description: 'Unless dated.' }),
    words: z.string(),
  })
  .openapi('ContractChange')

const readOne = (scopes: Scopes) =>
  createRoute({
    tags: ['contract'],
    method: 'get',
    path: '/api/contract',
    middleware: scopes.provider('contract:read'),
    summary: 'Read the contract in force',
    responses: answers(200, 'The contract and its version.', inForceAnswer),
  })

const check = (scopes: Scopes) =>
  createRoute({
    tags: ['contract'],
    method: 'post',
    path: '/api/contract/check',
    middleware: scopes.provider('contract:read'),
    summary: 'Check a contract',
    description:
      'Says every mistake with its line, what customers hold that it would drop, and what would change for whom against the version in force. Changes nothing.',
    request: { body: jsonBody(proposal) },
    responses: answers(
      200,
      'Whether it could come into force.',
      z.object({
        ok: z.boolean(),
        mistakes: z.array(mistakeAnswer),
        obstacles: z.array(z.string()),
        changes: z.array(changeAnswer),
      }),
    ),
  })

const put = (scopes: Scopes) =>
  createRoute({
    tags: ['contract'],
    method: 'put',
    path: '/api/contract',
    middleware: scopes.provider('contract:write'),
    summary: 'Put a contract into force',
    description:
      'Its limits hold at once; prices, SLA and support from `from`, or else from the next UTC month. 422 with every mistake; 409 when it drops what a customer holds. The same contract again makes no new version.',
    request: { body: jsonBody(proposal.extend({ from: instant.optional() })) },
    responses: answers(200, 'The contract in force.', inForceAnswer),
  })

const list = (scopes: Scopes) =>
  createRoute({
    tags: ['contract'],
    method: 'get',
    path: '/api/contract/versions',
    middleware: scopes.provider('contract:read'),
    summary: 'List the contract’s versions',
    description: 'Newest first.',
    request: { query: pageQuery },
    responses: answers(200, 'A page of versions.', listOf(versionAnswer)),
  })

/** The version a verb leaves in force; throws what stands in its way. */
function tell(taken: TakenContract, before: Contract) {
  if (taken.kind === 'mistakes') throw mistaken(taken.mistakes)
  if (taken.kind === 'obstacles') {
    const { obstacles } = taken
    throw new ProblemError('conflict', obstacles.join(' '), { obstacles })
  }
  const { inForce } = taken
  if (taken.kind === 'unchanged') return { body: inForce, audit: undefined }
  const changes = contractChanges(before, inForce.contract).length
  const details = { pricesFrom: instantText(inForce.pricesFromMs), changes }
  const subject = `contract version ${inForce.version}`
  return { body: inForce, audit: { action: 'contract.changed', subject, organizationId: undefined, details } }
}

function showChanges(before: Contract, after: Contract) {
  return contractChanges(before, after).map(change => {
    const { kind } = change.who
    const who = 'names' in change.who ? { kind, names: [...change.who.names] } : { kind }
    return { ...change, who, words: changeWords(change) }
  })
}

function mistaken(mistakes: readonly Mistake[]): ProblemError {
  const detail = mistakes.length === 1 ? 'It has one mistake.' : `It has ${mistakes.length} mistakes.`
  return new ProblemError('contract-mistakes', detail, { mistakes })
}

function showVersion({ version, source, loadedMs, pricesFromMs }: ContractVersion) {
  return { version, source, loadedAt: instantText(loadedMs), pricesFrom: instantText(pricesFromMs) }
}

function showInForce(inForce: ContractInForce) {
  const { contract } = inForce
  return {
    ...showVersion(inForce),
    name: contract.name,
    description: contract.description ?? null,
    currency: contract.currency.code,
    plans: Object.keys(contract.plans),
    supportPlans: Object.keys(contract.supportPlans),
    endpoints: contract.endpoints.map(({ name }) => name),
    platforms: contract.platforms.map(({ name }) => name),
    yaml: inForce.yaml,
    documents: { ...inForce.documents },
  }
}
