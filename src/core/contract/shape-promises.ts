import * as z from 'zod'

import { amount, list, map, name, named, oneOf, pattern, percent, text, whole } from './shape-leaves.ts'

/** The shapes of what is promised: availability, calendars, severities and support plans. */
const probeShape = map({
  name: name().describe('What the probe is called on the status page.'),
  request: text('`METHOD path`, such as `GET /health`').describe('`METHOD path`, sent to the upstream.'),
  expectStatus: whole(100, 599)
    .optional()
    .describe('The status of a good answer; 101: a WebSocket opens. Left out: 200.'),
  expectBody: text().optional().describe('Text that a good answer contains.'),
  withinMs: whole(1, 60_000, 'milliseconds')
    .optional()
    .describe('How long a good answer may take. Left out: 10000.'),
  everySeconds: whole(1, 86_400, 'seconds').optional().describe('How often to ask. Left out: 60.'),
})

const SLICES = [1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60] as const

export const availabilityShape = map({
  sliceSeconds: z
    .literal(SLICES, { error: `a whole number of seconds that divides 60: ${SLICES.join(', ')}` })
    .optional()
    .describe('The length of a slice, the smallest unit of down time. Left out: 10.'),
  errorPercent: percent()
    .optional()
    .describe('A slice is down when more than this share of its valid requests fails. Left out: "5".'),
  minRequests: whole(1).optional().describe('…of at least this many valid requests. Left out: 10.'),
  minFailed: whole(1).optional().describe('…and at least this many failed. Left out: 1.'),
  maintenanceNoticeHours: whole(0, 8_784, 'hours')
    .optional()
    .describe('Maintenance announced at least this long before it starts is no down time. Left out: 48.'),
  groups: named(list(name(), 'a list of endpoint names'), 'a map of group names to lists of endpoints')
    .optional()
    .describe('The status page’s components: a name and its endpoints. Left out: one, the API.'),
  probes: z
    .array(probeShape, { error: 'a list of probes' })
    .optional()
    .describe('Synthetic checks from outside.'),
})

export const DAY_NAMES = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
/** The day's end may be written 24:00; its start may not. */
export const TIME = /^([01]\d|2[0-3]):[0-5]\d$/
export const CLOSING_TIME = /^(([01]\d|2[0-3]):[0-5]\d|24:00)$/
export const SPAN = /^([01]\d|2[0-3]):[0-5]\d-(([01]\d|2[0-3]):[0-5]\d|24:00)$/

const daySpans = () =>
  z
    .array(pattern(SPAN, 'a span of local time in quotes, such as `"09:00-12:00"`'), {
      error: 'a list of spans, such as `["09:00-12:00"]`',
    })
    .optional()
    .describe('Open spans of this day, in local time; left out: closed.')

export const openHoursShape = map({
  timezone: text('an IANA time zone, such as `Europe/Berlin`').describe(
    'The IANA time zone of all times here.',
  ),
  days: z
    .union(
      [
        list(oneOf(...DAY_NAMES), 'a list of days'),
        map({
          mon: daySpans(),
          tue: daySpans(),
          wed: daySpans(),
          thu: daySpans(),
          fri: daySpans(),
          sat: daySpans(),
          sun: daySpans(),
        }),
      ],
      { error: 'a list of days such as `[mon, tue]`, or a map of days to spans' },
    )
    .describe('The open days, all from `open` to `close`; or spans day by day.'),
  open: pattern(TIME, 'a local time in quotes from `"00:00"` to `"23:59"`')
    .optional()
    .describe('When an open day begins.'),
  close: pattern(CLOSING_TIME, 'a local time in quotes from `"00:01"` to `"24:00"`')
    .optional()
    .describe('When an open day ends.'),
  holidays: z
    .union([z.array(pattern(/^\d{4}-\d{2}-\d{2}$/, 'a date such as `2026-12-25`')), text()], {
      error: 'a list of dates such as `[2026-12-25]`, or the name of a holiday set',
    })
    .optional()
    .describe(
      'Closed local dates; or a named set, `us-federal`, which is written out when the contract is loaded.',
    ),
})

export const calendarsShape = named(
  z.union([z.literal('24/7'), openHoursShape], { error: '`24/7`, or a map with `timezone` and `days`' }),
  'a map of calendar names',
).describe('When support works.')

export const severitiesShape = named(text('the words a customer sees'), 'a map of severity names').describe(
  'How bad a ticket is: name to the words a customer sees, worst first. Left out: the names used in `firstResponse`.',
)

export const priceShape = () =>
  map(
    {
      monthly: amount().optional().describe('A month’s fee, billed after the month.'),
      annual: amount().optional().describe('A year’s fee, billed ahead.'),
    },
    'a map with `monthly` or `annual`, or both',
  )

export const SLA_FORMS = '`none`, `accelerated` or `tiered`'

const slaTerms = {
  base: oneOf('invoice', 'recurring')
    .optional()
    .describe(
      'What a credit is a share of: the month’s invoice, or the recurring fees alone. Left out: `recurring`.',
    ),
  credit: oneOf('automatic', 'on-claim')
    .optional()
    .describe('Given unasked, or when claimed by ticket. Left out: `automatic`.'),
  claimDays: whole(1, 3_660, 'days')
    .optional()
    .describe('How long after an incident it can be claimed. Left out: 30.'),
  timezone: text('an IANA time zone, such as `Europe/Berlin`')
    .optional()
    .describe('Whose calendar months and days count. Left out: `UTC`.'),
}

export const slaShape = z.union(
  [
    map({ form: z.literal('none', { error: SLA_FORMS }).optional().describe('No credit is owed.') }),
    map({
      form: z.literal('accelerated', { error: SLA_FORMS }).describe('Down time counts many times over.'),
      target: percent().describe('The uptime that is promised.'),
      acceleration: whole(1, 1_000_000).describe('How many times each minute down counts.'),
      cap: percent().describe('The most a month’s credit can be, in per cent of the base.'),
      ...slaTerms,
    }),
    map({
      form: z.literal('tiered', { error: SLA_FORMS }).describe('The worst tier reached gives the credit.'),
      tiers: list(
        map({
          below: percent().describe('Uptime strictly below this…'),
          credit: percent().describe('…gives this share of the base back.'),
        }),
        'a list of `{ below, credit }`',
      ).describe('In any order; the single worst one counts.'),
      cap: percent().describe('The most a month’s credit can be, in per cent of the base.'),
      ...slaTerms,
    }),
  ],
  { error: 'a map with `form`: `none`, `accelerated` or `tiered`' },
)

/** Minutes, hours or business days, at least one. */
export const TARGET = /^([1-9]\d{0,5})(m|h| business days?)$/

const targets = () =>
  named(pattern(TARGET, 'a time such as `15m`, `4h` or `1 business day`'), 'a map of severity names to times')

const supportShape = map({
  calendar: name().describe('The calendar by which response times run.'),
  firstResponse: targets()
    .optional()
    .describe('Severity to the time until the first reply; one left out has no promise.'),
  nextResponse: targets().optional().describe('Severity to the time until each later reply.'),
  resolution: targets().optional().describe('Severity to the time until it is solved.'),
  channels: list(name(), 'a list of channels')
    .optional()
    .describe('How to reach support. Left out: `[portal, email]`.'),
  waitingForCustomer: oneOf('pause', 'run')
    .optional()
    .describe('Whether clocks pause while the customer is asked. Left out: `run`.'),
})

export const supportPlansShape = named(
  map({
    price: priceShape().optional().describe('On top of the plan’s price.'),
    sla: slaShape.optional().describe('What is owed when the API is down. Left out: nothing.'),
    support: supportShape.describe('When and how fast support answers.'),
    priority: whole(0, 1_000)
      .optional()
      .describe('Shed last and answered first; higher is better. Left out: 0.'),
    addOns: named(
      map({
        price: priceShape().describe('On top of the support plan’s price.'),
        firstResponse: targets()
          .optional()
          .describe('Replaces the support plan’s times for these severities.'),
      }),
      'a map of add-on names',
    )
      .optional()
      .describe('What can be bought on top.'),
  }),
  'a map of support plan names',
).describe('What is promised about uptime and support, and what that costs.')
