/** Who may do what: one table. `all`: of every organization; `own`: of the actor's own organization. */
const table = {
  operator: {
    'organizations:read': 'all',
    'organizations:write': 'all',
    'billing:write': 'all',
    'subscription:write': 'all',
    'terms:write': 'all',
    'apps:read': 'all',
    'apps:write': 'all',
    'keys:create': 'all',
    'keys:delete': 'all',
    'apps:suspend': 'all',
    'limits:write': 'all',
    'members:read': 'all',
    'members:write': 'all',
    'contract:read': 'all',
    'contract:write': 'all',
    'audit:read': 'all',
    'webhooks:read': 'all',
    'webhooks:write': 'all',
    'invoices:read': 'all',
    'invoices:write': 'all',
    'availability:read': 'all',
    'availability:write': 'all',
    'probes:write': 'all',
    'tickets:write': 'all',
  },
  finance: {
    'organizations:read': 'all',
    'billing:write': 'all',
    'subscription:write': 'all',
    'terms:write': 'all',
    'apps:read': 'all',
    'members:read': 'all',
    'contract:read': 'all',
    'audit:read': 'all',
    'webhooks:read': 'all',
    'invoices:read': 'all',
    'invoices:write': 'all',
    'availability:read': 'all',
  },
  support: {
    'organizations:read': 'all',
    'apps:read': 'all',
    'apps:suspend': 'all',
    'limits:write': 'all',
    'members:read': 'all',
    'contract:read': 'all',
    'webhooks:read': 'all',
    'invoices:read': 'all',
    'availability:read': 'all',
    'availability:write': 'all',
    'tickets:write': 'all',
  },
  // A machine that looks from outside: it says what it saw, and sees nothing else.
  probe: {
    'probes:write': 'all',
  },
  'customer-admin': {
    'organizations:read': 'own',
    'apps:read': 'own',
    'apps:write': 'own',
    'keys:create': 'own',
    'keys:delete': 'own',
    'members:read': 'own',
    'members:write': 'own',
    'webhooks:read': 'own',
    'webhooks:write': 'own',
    'invoices:read': 'own',
    'availability:read': 'own',
    'tickets:write': 'own',
  },
  'customer-developer': {
    'organizations:read': 'own',
    'apps:read': 'own',
    'keys:create': 'own',
    'members:read': 'own',
    'webhooks:read': 'own',
    'invoices:read': 'own',
    'availability:read': 'own',
    'tickets:write': 'own',
  },
  app: {
    'organizations:read': 'own',
    'apps:read': 'own',
    'invoices:read': 'own',
    'availability:read': 'own',
    'tickets:write': 'own',
  },
} as const satisfies Record<string, Partial<Record<Action, Scope>>>

export const actions = [
  'organizations:read',
  'organizations:write',
  'billing:write',
  'subscription:write',
  'terms:write',
  'apps:read',
  'apps:write',
  'keys:create',
  'keys:delete',
  'apps:suspend',
  'limits:write',
  'members:read',
  'members:write',
  'contract:read',
  'contract:write',
  'audit:read',
  'webhooks:read',
  'webhooks:write',
  'invoices:read',
  'invoices:write',
  'availability:read',
  'availability:write',
  'probes:write',
  'tickets:write',
] as const

export type Action = (typeof actions)[number]
export type Scope = 'all' | 'own'
/** `app` is an app's server token: its own organization, and nothing but reading, tickets and claims. */
export type Role = keyof typeof table

export const providerRoles = ['operator', 'finance', 'support', 'probe'] as const
export const customerRoles = ['customer-admin', 'customer-developer'] as const
export const memberRoles = [...providerRoles, ...customerRoles] as const
export const roles: readonly Role[] = [...memberRoles, 'app']
export type MemberRole = (typeof memberRoles)[number]

/** How far a role may do this; undefined: not at all. */
export function scopeOf(role: Role, action: Action): Scope | undefined {
  const row: Partial<Record<Action, Scope>> = table[role]
  return row[action]
}

/** The roles that may, for the sentence that tells someone whom to ask. */
export function rolesThatMay(action: Action): Role[] {
  return roles.filter(role => scopeOf(role, action) !== undefined)
}

export function isMemberRole(text: string): text is MemberRole {
  return (memberRoles as readonly string[]).includes(text)
}

/** Whether a role belongs to a customer, so that it needs an organization. */
export function isCustomerRole(role: MemberRole): boolean {
  return (customerRoles as readonly string[]).includes(role)
}
