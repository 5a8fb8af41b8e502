import { type Action, rolesThatMay, scopeOf } from '../../identity/permissions.ts'
import { ProblemError } from '../../http/problem.ts'
import { findApp } from '../../store/apps.ts'
import { findInvoice, invoiceOfMonth, type StoredInvoice } from '../../store/invoices.ts'
import { findOrganization } from '../../store/organizations.ts'
import { draftOf } from '../invoicing/drafts.ts'
import type { Actor, ApiMiddleware, ControlDeps } from './deps.ts'

/** The first step of every route: may this actor do this, to this? */
export interface Scopes {
  /** For what belongs to no organization. */
  provider(action: Action): ApiMiddleware
  /** For lists: what `own` means there is up to the route. */
  anyone(action: Action): ApiMiddleware
  /** For `{organization}` in the path: finds it. */
  organization(action: Action): ApiMiddleware
  /** For `{app}` in the path: finds it. */
  app(action: Action): ApiMiddleware
  /** For `{invoice}` in the path: finds it, or knows whose draft it names. */
  invoice(action: Action): ApiMiddleware
}

export function createScopes({ store }: ControlDeps): Scopes {
  return {
    provider: action => async (c, next) => {
      if (scopeOf(c.var.actor.role, action) !== 'all') throw providersOnly(c.var.actor, action)
      await next()
    },
    anyone: action => async (c, next) => {
      if (scopeOf(c.var.actor.role, action) === undefined) throw forbidden(c.var.actor, action)
      await next()
    },
    organization: action => async (c, next) => {
      const found = await findOrganization(store.db, c.req.param('organization') ?? '')
      authorize(c.var.actor, action, found?.id, 'organization')
      if (found !== undefined) c.set('organization', found)
      await next()
    },
    app: action => async (c, next) => {
      const found = await findApp(store.db, c.req.param('app') ?? '')
      authorize(c.var.actor, action, found?.organizationId, 'app')
      if (found !== undefined) c.set('app', found)
      await next()
    },
    invoice: action => async (c, next) => {
      const id = c.req.param('invoice') ?? ''
      const draft = draftOf(id)
      // A draft's id leads to the invoice that it became, for whatever is asked of it.
      const found = await (draft === undefined
        ? findInvoice(store.db, id)
        : invoiceOfMonth(store.db, draft.organizationId, draft.month))
      const owner = found?.organizationId ?? draft?.organizationId
      authorize(c.var.actor, action, owner, 'invoice')
      if (found !== undefined && isHidden(c.var.actor, found)) throw notFound('invoice')
      if (found !== undefined) c.set('invoice', found)
      await next()
    },
  }
}

/** What waits for the provider's approval is not the customer's to see. */
function isHidden(actor: Actor, { status }: Pick<StoredInvoice, 'status'>): boolean {
  return actor.organizationId !== undefined && status === 'awaiting-approval'
}

/**
 * Throws unless the actor may do this to a thing of that organization. What is foreign to a customer is
 * answered like what does not exist, so that ids cannot be tried out.
 */
export function authorize(
  actor: Actor,
  action: Action,
  organizationId: string | undefined,
  kind: string,
): void {
  const foreign = actor.organizationId !== undefined && actor.organizationId !== organizationId
  if (organizationId === undefined || foreign) throw notFound(kind)
  if (scopeOf(actor.role, action) === undefined) throw forbidden(actor, action)
}

export function notFound(kind: string): ProblemError {
  return new ProblemError('not-found', `There is no such ${kind}.`)
}

function forbidden(actor: Actor, action: Action): ProblemError {
  return forbiddenTo(actor, action, rolesThatMay(action))
}

/** Who may do this of its own organization may still not do it where all of them are meant. */
function providersOnly(actor: Actor, action: Action): ProblemError {
  const roles = rolesThatMay(action).filter(role => scopeOf(role, action) === 'all')
  return forbiddenTo(actor, action, roles)
}

function forbiddenTo({ role }: Actor, action: Action, roles: readonly string[]): ProblemError {
  const may = roles.join(', ')
  return new ProblemError('forbidden', `The role ${role} may not do this (${action}); these may: ${may}.`)
}
