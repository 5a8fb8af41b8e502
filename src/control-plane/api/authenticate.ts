import { credentialHash, sameCredential } from '../../identity/credentials.ts'
import { isMemberRole } from '../../identity/permissions.ts'
import { ProblemError } from '../../http/problem.ts'
import { findAppByKey } from '../../store/apps.ts'
import { findMemberByToken } from '../../store/members.ts'
import type { Actor, ApiContext, ApiMiddleware, ControlDeps } from './deps.ts'

/** Finds who asks, or answers 401: the operator's token, a member's, or an app's server token with its key. */
export function authenticate(deps: ControlDeps): ApiMiddleware {
  return async (c, next) => {
    c.set('actor', await actorOf(deps, c, bearer(c)))
    await next()
  }
}

function bearer(c: ApiContext): string {
  const header = c.req.header('authorization')
  if (header === undefined) throw unauthorized('The Authorization header is missing.')
  const token = /^bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1]
  if (token === undefined) throw unauthorized('The Authorization header must be `Bearer TOKEN`.')
  return token
}

async function actorOf(deps: ControlDeps, c: ApiContext, token: string): Promise<Actor> {
  if (sameCredential(token, deps.operatorToken)) {
    return { id: 'operator', role: 'operator', organizationId: undefined }
  }
  const member = await findMemberByToken(deps.store.db, credentialHash(token))
  if (member !== undefined && isMemberRole(member.role)) {
    return { id: member.id, role: member.role, organizationId: member.organizationId }
  }
  return appOf(deps, c, token)
}

async function appOf(deps: ControlDeps, c: ApiContext, token: string): Promise<Actor> {
  const { header, query } = deps.contracts.inForce().contract.identity.apiKey
  const key =
    (header === undefined ? undefined : c.req.header(header)) ??
    (query === undefined ? undefined : c.req.query(query))
  if (key === undefined) throw unauthorized('The token is not known.', whereTheKeyGoes(header, query))
  const app = await findAppByKey(deps.store.db, credentialHash(key))
  if (app === undefined || !(await deps.verifyServerToken(app.id, token))) {
    throw unauthorized('The token is no valid server token of an app with this API key.')
  }
  return { id: app.id, role: 'app', organizationId: app.organizationId }
}

function whereTheKeyGoes(header: string | undefined, query: string | undefined): string {
  const places = [
    ...(header === undefined ? [] : [`the header ${header}`]),
    ...(query === undefined ? [] : [`the query ${query}`]),
  ]
  return ` If it is an app’s server token, send the app’s API key in ${places.join(' or ')}.`
}

function unauthorized(detail: string, more = ''): ProblemError {
  return new ProblemError('unauthorized', detail + more)
}
