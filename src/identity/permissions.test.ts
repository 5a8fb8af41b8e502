import { expect, test } from 'vitest'
import {
  actions,
  customerRoles,
  providerRoles,
  type Role,
  roles,
  rolesThatMay,
  scopeOf,
} from './permissions.ts'

const reads = actions.filter(action => action.endsWith(':read'))

function allowed(role: Role): string[] {
  return actions.filter(action => scopeOf(role, action) !== undefined)
}

test('an operator may do everything, everywhere', () => {
  for (const action of actions) expect(scopeOf('operator', action)).toBe('all')
})

test('no customer and no app ever reaches beyond its own organization', () => {
  for (const role of [...customerRoles, 'app'] as const) {
    for (const action of actions) expect(scopeOf(role, action)).not.toBe('all')
  }
})

test('the provider’s own people never have a scope that only a customer can have', () => {
  for (const role of providerRoles)
    for (const action of actions) expect(scopeOf(role, action)).not.toBe('own')
})

test('finance reads everything and changes nothing but billing details, subscriptions, terms and invoices', () => {
  expect(allowed('finance').toSorted()).toEqual(
    [...reads, 'billing:write', 'subscription:write', 'terms:write', 'invoices:write'].toSorted(),
  )
})

test('support suspends, resumes and sets limits', () => {
  expect(allowed('support').filter(action => !action.endsWith(':read'))).toEqual([
    'apps:suspend',
    'limits:write',
    'availability:write',
    'tickets:write',
  ])
})

test('a probe says what it saw, and nothing else', () => {
  expect(allowed('probe')).toEqual(['probes:write'])
})

test('a customer’s admin manages apps, keys, members and webhooks, and no terms', () => {
  const changes = allowed('customer-admin').filter(action => !action.endsWith(':read'))
  expect(changes).toEqual([
    'apps:write',
    'keys:create',
    'keys:delete',
    'members:write',
    'webhooks:write',
    'tickets:write',
  ])
})

test('a customer’s developer creates keys and tickets, and changes nothing else', () => {
  expect(allowed('customer-developer').filter(action => !action.endsWith(':read'))).toEqual([
    'keys:create',
    'tickets:write',
  ])
})

test('an app reads, and opens tickets', () => {
  expect(allowed('app').filter(action => !action.endsWith(':read'))).toEqual(['tickets:write'])
})

test('neither the contract nor the audit is shown to customers', () => {
  for (const action of ['contract:read', 'contract:write', 'audit:read'] as const) {
    for (const role of rolesThatMay(action)) expect(providerRoles).toContain(role)
  }
})

test('every action has someone who may, and every role something it may', () => {
  for (const action of actions) expect(rolesThatMay(action)).toContain('operator')
  for (const role of roles) expect(allowed(role)).not.toEqual([])
})
