import type { Availability, Contract, Provider } from '../contract.ts'
import { activeWords, probeWords } from '../describe-contract.ts'
import { counted, enumerated } from '../plain-words.ts'
import { type Fact, counts, decimals, sameAmount } from './fact.ts'

/** What is counted, what counts as down, how is billed, and what only the provider sees. */
export function customerFacts(contract: Contract): Fact[] {
  const { availability, severities } = contract
  return [
    ...meteringFacts(contract),
    ...ruleFacts(availability),
    ...[...severities].map(([name, words]) => ({
      ...MONTHLY,
      key: `severities.${name}`,
      what: `Severity ${name}`,
      words,
    })),
    ...billingFacts(contract),
    ...statusFacts(availability),
    ...providerFacts(contract),
  ]
}

const MONTHLY = { who: { kind: 'customers' }, holds: 'from the next month' } as const
const AT_ONCE = { who: { kind: 'customers' }, holds: 'at once' } as const
const PROVIDER = { who: { kind: 'provider' }, holds: 'at once' } as const

function meteringFacts({ metering: { mau, connections } }: Contract): Fact[] {
  return [
    {
      ...AT_ONCE,
      key: 'metering.mau',
      what: 'A user is active in a month once it',
      words: activeWords(mau),
      // A request is the wider rule: whoever opens a connection counts under both.
      scale: counts(mau === 'request' ? 1 : 0, 'worse'),
    },
    {
      ...AT_ONCE,
      key: 'metering.connections',
      what: 'Peak connections are counted on',
      words: connections.length === 0 ? 'nothing' : enumerated(connections.toSorted()),
      scale: { members: connections, more: 'worse' },
    },
  ]
}

/** A slice that is down more easily is worth more to the customer. */
function ruleFacts(rule: Availability): Fact[] {
  const facts: Omit<Fact, 'who' | 'holds'>[] = [
    {
      key: 'sliceSeconds',
      what: 'Time is measured in slices of',
      words: counted(rule.sliceSeconds, 'second'),
    },
    {
      key: 'errorPercent',
      what: 'A slice is down when of its valid requests fail more than',
      words: `${rule.errorPercent} %`,
      same: sameAmount(rule.errorPercent),
      scale: decimals(rule.errorPercent, 'worse'),
    },
    {
      key: 'minRequests',
      what: 'A slice is judged by itself with at least',
      words: counted(rule.minRequests, 'valid request'),
    },
    {
      key: 'minFailed',
      what: 'A slice is down when there fail at least',
      words: counted(rule.minFailed, 'request'),
      scale: counts(rule.minFailed, 'worse'),
    },
    {
      key: 'maintenanceNoticeHours',
      what: 'Maintenance is no down time when announced before by at least',
      words: counted(rule.maintenanceNoticeHours, 'hour'),
      scale: counts(rule.maintenanceNoticeHours, 'better'),
    },
  ]
  return facts.map(fact => ({ ...MONTHLY, ...fact, key: `availability.${fact.key}` }))
}

function statusFacts({ groups, probes }: Availability): Fact[] {
  return [
    ...Object.entries(groups).map(([name, endpoints]) => ({
      ...AT_ONCE,
      key: `availability.groups.${name}`,
      what: `The status page shows ${name}`,
      words: enumerated(endpoints.toSorted()),
    })),
    ...probes.map(probe => ({
      ...PROVIDER,
      key: `availability.probes.${probe.name}`,
      what: `Probe ${probe.name}`,
      words: probeWords(probe),
    })),
  ]
}

function billingFacts({ currency, billing, provider }: Contract): Fact[] {
  const terms = provider?.paymentTermsDays
  return [
    { ...MONTHLY, key: 'currency', what: 'Currency of all amounts', words: currency.code },
    {
      ...MONTHLY,
      key: 'billing.taxPercent',
      what: 'Tax on top of an invoice, unless the customer has its own rate',
      words: `${billing.taxPercent} %`,
      same: sameAmount(billing.taxPercent),
      scale: decimals(billing.taxPercent, 'worse'),
    },
    {
      ...MONTHLY,
      key: 'billing.graceHours',
      what: 'Invoices are made after the month has ended by',
      words: counted(billing.graceHours, 'hour'),
    },
    ...(terms === undefined
      ? []
      : [
          {
            ...MONTHLY,
            key: 'provider.paymentTermsDays',
            what: 'An invoice is due after',
            words: counted(terms, 'day'),
            scale: counts(terms, 'better'),
          },
        ]),
  ]
}

/** What stands on documents and where requests go: no customer's right changes by it. */
function providerFacts({ name, description, upstream, provider }: Contract): Fact[] {
  const texts: [key: string, what: string, words: string | undefined][] = [
    ['name', 'Name of the contract', name],
    ['description', 'Its description', description],
    ['upstream.urls', 'Requests go to', upstream.urls.join(', ') || undefined],
    ['upstream.timeoutMs', 'The API has for its answer', `${upstream.timeoutMs} ms`],
    ...(provider === undefined ? [] : documentTexts(provider)),
  ]
  return texts.flatMap(([key, what, words]) =>
    words === undefined ? [] : [{ ...PROVIDER, key, what, words }],
  )
}

function documentTexts(provider: Provider): [string, string, string | undefined][] {
  const { legalName, address, country, taxIds, email, paymentInstructions } = provider
  return [
    ['provider.legalName', 'Name on invoices', legalName],
    ['provider.address', 'Address on invoices', address.join(', ') || undefined],
    ['provider.country', 'Country on invoices', country],
    ['provider.taxIds', 'Tax ids on invoices', taxIds.join(', ') || undefined],
    ['provider.email', 'Whom to write to about an invoice', email],
    ['provider.paymentInstructions', 'How to pay', paymentInstructions],
  ]
}

/** Worst first: only the order of those that both have, since new ones are told of as such. */
export function severityOrderFact({ severities }: Contract, other: Contract): Fact {
  const shared = [...severities.keys()].filter(name => other.severities.has(name))
  return { ...MONTHLY, key: 'severities', what: 'Severities, worst first', words: shared.join(', ') }
}
