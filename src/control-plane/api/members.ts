import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Transaction } from 'kysely'
import { credentialHash, newId, newMemberToken } from '../../identity/credentials.ts'
import { isCustomerRole, memberRoles } from '../../identity/permissions.ts'
import { ProblemError } from '../../http/problem.ts'
import { addMember, deleteMember, findMember, listMembers, type Member } from '../../store/members.ts'
import { findOrganization } from '../../store/organizations.ts'
import type { Schema } from '../../store/schema.ts'
import { change } from './change.ts'
import type { Actor, ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { listAnswer, listOf, pageOf, pageQuery } from './lists.ts'
import { answers, jsonBody, label, memberPath, noContent } from './route-parts.ts'
import { authorize, notFound, type Scopes } from './scope.ts'

export function memberRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(createOne(scopes), async c => {
    const wanted = c.req.valid('json')
    return c.json(await change(deps, c, (trx, nowMs) => createMember(trx, c.var.actor, wanted, nowMs)), 201)
  })
  api.openapi(list(scopes), async c => {
    const query = c.req.valid('query')
    const organizationId = c.var.actor.organizationId ?? query.organization
    const rows = await listMembers(deps.store.db, { ...pageOf(query), organizationId })
    return c.json(
      listAnswer(rows, query, ({ createdMs, id }) => ({ ms: createdMs, id }), show),
      200,
    )
  })
  api.openapi(deleteOne(scopes), async c => {
    const { member } = c.req.valid('param')
    await change(deps, c, (trx, nowMs) => removeMember(trx, c.var.actor, member, nowMs))
    return c.body(null, 204)
  })
}

const newMember = z.strictObject({
  name: label(200).openapi({ example: 'Ada Lovelace' }),
  email: z.email('Must be an e-mail address.').max(254).openapi({ example: 'ada@example.com' }),
  role: z.enum(memberRoles).openapi({ example: 'customer-developer' }),
  organization: z.string().optional().openapi({ description: 'For the customer roles: theirs.' }),
})

const memberAnswer = z
  .object({
    id: z.string().openapi({ example: 'mem_0a4de7c2915b43f88d36c7b1' }),
    name: z.string(),
    email: z.string(),
    role: z.string(),
    organization: z.string().nullable(),
    createdAt: z.string(),
  })
  .openapi('Member')

const createOne = (scopes: Scopes) =>
  createRoute({
    tags: ['members'],
    method: 'post',
    path: '/api/members',
    middleware: scopes.anyone('members:write'),
    summary: 'Add a member',
    description:
      'A person with a role and a bearer token, which is shown this once. A customer’s admin adds to its own organization.',
    request: { body: jsonBody(newMember) },
    responses: answers(
      201,
      'The new member with its token.',
      memberAnswer.extend({ token: z.string().openapi({ description: 'Shown this once.' }) }),
    ),
  })

const list = (scopes: Scopes) =>
  createRoute({
    tags: ['members'],
    method: 'get',
    path: '/api/members',
    middleware: scopes.anyone('members:read'),
    summary: 'List members',
    description: 'In the order in which they came; a customer sees its own.',
    request: { query: pageQuery.extend({ organization: z.string().optional() }) },
    responses: answers(200, 'A page of members.', listOf(memberAnswer)),
  })

const deleteOne = (scopes: Scopes) =>
  createRoute({
    tags: ['members'],
    method: 'delete',
    path: '/api/members/{member}',
    middleware: scopes.anyone('members:write'),
    summary: 'Remove a member',
    description: 'Its token stops working at once.',
    request: { params: memberPath },
    responses: noContent,
  })

async function createMember(
  trx: Transaction<Schema>,
  actor: Actor,
  wanted: z.output<typeof newMember>,
  nowMs: number,
) {
  const organizationId = await organizationFor(trx, actor, wanted)
  const { name, email, role } = wanted
  const token = newMemberToken()
  const member: Member = { id: newId('mem'), name, email, role, organizationId, createdMs: nowMs }
  await addMember(trx, { ...member, tokenHash: credentialHash(token) })
  const details = { name, email, role }
  return {
    body: { ...show(member), token },
    audit: { action: 'member.added', subject: member.id, organizationId, details },
  }
}

/** undefined for the provider's own roles. */
async function organizationFor(
  trx: Transaction<Schema>,
  actor: Actor,
  { role, organization }: z.output<typeof newMember>,
): Promise<string | undefined> {
  const wanted = organization ?? actor.organizationId
  if (wanted !== undefined) {
    const found = await findOrganization(trx, wanted)
    authorize(actor, 'members:write', found?.id, 'organization')
  }
  if (!isCustomerRole(role)) {
    if (wanted === undefined) return undefined
    throw actor.organizationId === undefined
      ? wrong('organization', `The role ${role} is one of the provider’s own; leave the organization out.`)
      : new ProblemError('forbidden', `Only the provider gives the role ${role}.`)
  }
  if (wanted === undefined) throw wrong('organization', `The role ${role} needs an organization.`)
  return wanted
}

async function removeMember(trx: Transaction<Schema>, actor: Actor, id: string, nowMs: number) {
  const member = await findMember(trx, id)
  const foreign = actor.organizationId !== undefined && member?.organizationId !== actor.organizationId
  if (member === undefined || foreign) throw notFound('member')
  await deleteMember(trx, id, nowMs)
  const { organizationId, name, role } = member
  return {
    body: null,
    audit: { action: 'member.removed', subject: id, organizationId, details: { name, role } },
  }
}

function show({ id, name, email, role, organizationId, createdMs }: Member) {
  return { id, name, email, role, organization: organizationId ?? null, createdAt: instantText(createdMs) }
}

function wrong(path: string, message: string): ProblemError {
  return new ProblemError('invalid-body', message, { mistakes: [{ path, message }] })
}
