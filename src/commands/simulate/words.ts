import { counted, enumerated, grouped, money, table, wrapped } from '../../core/contract/plain-words.ts'
import { isoInstant } from '../../core/time/instant.ts'
import { type BreakEven, breakEvenWords } from './break-even.ts'
import type { SimulatedApp, SimulatedCustomer } from './customer.ts'
import type { HardPlan } from './hard-plan.ts'

export interface Simulation {
  readonly month: string
  /** The instant up to which it is recorded, of the month that runs; undefined: it is over. */
  readonly recordedUntil: string | undefined
  readonly customers: readonly SimulatedCustomer[]
  readonly breakEvens: readonly BreakEven[]
}

/** What the figures are and are not; said wherever they are shown to people. */
const LIMITS_NOTE =
  'Requests are recorded by the minute, without users and seconds: so many at least would have been refused; user limits, ' +
  'bursts and a sliding window could only refuse more. Clients that are refused come again or give up, which nobody can tell.'
const BILLS_NOTE = 'Bills are before tax, credits and corrections of other months.'
const HARD_NOTE =
  'A plan without overage lets users and connections in up to its numbers, as they came. Connections are reckoned as if all ' +
  'users had been let in.'
const HOLD_NOTE = 'By what customers have declared until now and by who holds the plan now.'
const METHOD_NOTE =
  'A bill is a straight line of the usage between the points at which a price begins, so these are exact and not searched: ' +
  'fees of plan and support plan, one unit at a time, the other within what is included, before rounding.'

/** For people, in a terminal. */
export function simulationWords({ month, recordedUntil, customers, breakEvens }: Simulation): string {
  return [
    `What ${month} would have cost${recordedUntil === undefined ? '' : ' so far'}`,
    ...(recordedUntil === undefined ? [] : wrapped(runningNote(month, recordedUntil))),
    '',
    ...(customers.length === 0 ? ['No customer held a plan in this month.'] : bills(customers)),
    ...wrapped(BILLS_NOTE),
    ...forbidden(customers),
    '',
    'Who would have been limited',
    '',
    ...limited(customers),
    ...wrapped(LIMITS_NOTE),
    ...(customers.some(({ hardPlan }) => hardPlan !== undefined) ? wrapped(HARD_NOTE) : []),
    ...(breakEvens.length === 0 ? [] : ['', 'Which plan of the contract is cheaper', '']),
    ...breakEvens.flatMap(each => indented(breakEvenWords(each))),
    ...(breakEvens.length === 0 ? [] : wrapped(METHOD_NOTE)),
    '',
  ].join('\n')
}

function runningNote(month: string, recordedUntil: string): string {
  return `${month} is not over: usage is what was recorded until ${recordedUntil}, fees are those of the whole month.`
}

function bills(customers: readonly SimulatedCustomer[]): string[] {
  const header = ['Customer', 'Plan', 'MAU', 'connections', 'before', 'after', 'difference']
  const rows = customers.map(({ name, planBefore, planAfter, usage, before, after, difference }) => [
    name,
    planBefore === planAfter ? planBefore : `${planBefore} -> ${planAfter}`,
    grouped(usage.mau),
    grouped(usage.connections),
    money(before.subtotal, before.currency),
    after === undefined ? 'no price' : money(after.subtotal, after.currency),
    difference === undefined
      ? ''
      : `${difference.startsWith('-') ? '' : '+'}${money(difference, before.currency)}`,
  ])
  const reasons = customers.flatMap(({ name, unpriced }) =>
    unpriced === undefined ? [] : indented(`${name}: ${unpriced}.`),
  )
  return [...table([header, ...rows], 2), ...reasons]
}

function forbidden(customers: readonly SimulatedCustomer[]): string[] {
  const lines = customers.flatMap(({ name, planAfter, mayNotHold }) =>
    mayNotHold.length === 0
      ? []
      : indented(`${name} may not hold the plan ${planAfter}: ${mayNotHold.join(' ')}`),
  )
  return lines.length === 0 ? [] : ['', 'Who may not hold the plan', '', ...lines, ...wrapped(HOLD_NOTE)]
}

const MOST_PLACES = 10

function limited(customers: readonly SimulatedCustomer[]): string[] {
  const lines = customers.flatMap(({ name, hardPlan, limits }) => [
    ...(hardPlan === undefined ? [] : hardWords(hardPlan).flatMap(words => indented(`${name}: ${words}`))),
    ...limits.flatMap(app => appWords(app).flatMap(words => indented(`${name}, ${app.name}: ${words}`))),
  ])
  return lines.length === 0 ? ['Nobody, as far as recorded minutes can tell.'] : lines
}

function hardWords(hard: HardPlan): string[] {
  const { plan, included, users, usersRefused, connections, connectionsRefused, firstRefusedMs } = hard
  const refused = (count: number, of: string) =>
    `${grouped(count)} of ${of} would have been refused: the plan ${plan} has no overage`
  return [
    ...(usersRefused > 0
      ? [
          `${refused(usersRefused, counted(users, 'user'))} and includes ${grouped(included.mau ?? 0)} a month.`,
        ]
      : []),
    ...(connectionsRefused > 0 && firstRefusedMs !== null
      ? [
          `${refused(connectionsRefused, counted(connections, 'connection'))}, and as many as it includes at once, ` +
            `${grouped(included.connections ?? 0)}, were open; the first at ${isoInstant(firstRefusedMs)}.`,
        ]
      : []),
  ]
}

function appWords({
  places,
  passedAtMost,
  refusedAtLeast,
  admitted,
  toEndpointsGone,
}: SimulatedApp): string[] {
  const shown = places.slice(0, MOST_PLACES).map(place => {
    const { endpoint, platform, limit, minutes, busiest } = place
    return (
      `${endpoint} on ${platform}, ${grouped(limit)} a minute: at least ${grouped(place.refusedAtLeast)} refused in ` +
      `${counted(minutes, 'minute')}; the busiest had ${grouped(busiest.admitted)} (${isoInstant(busiest.minuteMs)}).`
    )
  })
  const rest = places.length - shown.length
  return [
    ...shown,
    ...(rest > 0
      ? [`and ${counted(rest, 'more endpoint and platform', 'more endpoints and platforms')}.`]
      : []),
    ...(shown.length > 1
      ? [`in all at least ${grouped(refusedAtLeast)} of ${counted(admitted, 'admitted request')} refused.`]
      : []),
    ...(passedAtMost > 0
      ? [
          `at most ${counted(passedAtMost, 'request')} that ${passedAtMost === 1 ? 'was' : 'were'} refused would have passed.`,
        ]
      : []),
    ...(toEndpointsGone > 0
      ? [`${counted(toEndpointsGone, 'request')} went to endpoints that the contract does not have.`]
      : []),
  ]
}

function indented(text: string): string[] {
  const [first = '', ...more] = wrapped(text, '  ')
  return [`- ${first.trimStart()}`, ...more]
}

/** A row a customer, for a spreadsheet; amounts with a point and all their decimals. */
export function simulationCsv({ month, recordedUntil, customers }: Simulation): string {
  const header = ['month', 'organization', 'name', 'planBefore', 'planAfter', 'mau', 'peakConnections']
  const figures = [
    'currencyBefore',
    'before',
    'currencyAfter',
    'after',
    'difference',
    'refusedAtLeast',
    'minutesLimited',
    'passedAtMost',
    'unpriced',
    'usersRefused',
    'connectionsRefused',
    'mayNotHold',
    'recordedUntil',
  ]
  const rows = customers.map(each => {
    const { organization, name, planBefore, planAfter, usage, before, after, difference, unpriced, limits } =
      each
    const { hardPlan, mayNotHold } = each
    const byPlan =
      unpriced === undefined ? [hardPlan?.usersRefused ?? 0, hardPlan?.connectionsRefused ?? 0] : ['', '']
    const sum = (of: (app: SimulatedApp) => number) => limits.reduce((total, app) => total + of(app), 0)
    const replayed =
      unpriced === undefined
        ? [sum(app => app.refusedAtLeast), sum(app => app.minutes), sum(app => app.passedAtMost)]
        : ['', '', '']
    return [
      month,
      organization,
      name,
      planBefore,
      planAfter,
      usage.mau,
      usage.connections,
      before.currency,
      before.subtotal,
      after?.currency ?? '',
      after?.subtotal ?? '',
      difference ?? '',
      ...replayed,
      unpriced ?? '',
      ...byPlan,
      mayNotHold.join(' '),
      recordedUntil ?? '',
    ]
  })
  return [[...header, ...figures], ...rows].map(row => `${row.map(csvCell).join(',')}\r\n`).join('')
}

/** RFC 4180; a name that a spreadsheet would take for a formula is kept text by an apostrophe. */
function csvCell(value: string | number): string {
  const text = String(value)
  const isNumber = typeof value === 'number' || /^-?\d+(\.\d+)?$/.test(text)
  const safe = !isNumber && /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
}

export function simulationJson(simulation: Simulation): string {
  const notes = {
    bills: BILLS_NOTE,
    mayNotHold: HOLD_NOTE,
    limits: LIMITS_NOTE,
    hardPlan: HARD_NOTE,
    breakEvens: METHOD_NOTE,
  }
  return `${JSON.stringify({ ...simulation, notes }, (_, value: unknown) => value ?? null, 2)}\n`
}

/** `a, b or c` of what there is instead of a name that there is not. */
export function knownNames(names: readonly string[]): string {
  return names.length === 0 ? 'there is none' : `there is ${enumerated(names, 'or')}`
}
