import { z } from '@hono/zod-openapi'

const counts = z.record(z.string(), z.number().int())

const ownPeak = z.object({
  peak: z.number().int(),
  at: z.string().nullable().openapi({ description: 'The first instant at which so many were open.' }),
  byPlatform: counts,
  reconnectOverlap: z.number().int().openapi({
    description: 'How many of them were old sockets of clients that had already come back. Part of the peak.',
  }),
})
const appPeakAnswer = ownPeak.openapi('AppPeakConnections')
const peakAnswer = ownPeak.extend({ byApp: counts }).openapi('PeakConnections')

const forecastAnswer = z
  .object({
    point: z.number().int(),
    low: z.number().int(),
    high: z.number().int(),
    method: z.enum(['earlier-months', 'last-days']),
  })
  .openapi('Forecast')

const billForecast = z.object({
  point: z.string().openapi({ example: '9500.00' }),
  low: z.string(),
  high: z.string(),
  currency: z.string(),
})

const unmeasured = z
  .array(z.object({ from: z.string(), to: z.string() }))
  .openapi({ description: 'Time in which requests were seen whose record is lost.' })

function dayOf<Peak extends z.ZodType>(peak: Peak) {
  return z.object({
    date: z.string().openapi({ example: '2026-11-10' }),
    newUsers: z.number().int(),
    mau: z.number().int().openapi({ description: 'The month’s up to the end of this day.' }),
    peakConnections: peak,
  })
}

export const organizationUsageAnswer = z.object({
  month: z.string().openapi({ example: '2026-11' }),
  mau: z.number().int(),
  peakConnections: peakAnswer,
  requests: z.number().int(),
  outcomes: counts,
  forecast: z
    .object({
      mau: z.union([forecastAnswer, z.null()]),
      connections: z.union([forecastAnswer, z.null()]),
      bill: z.union([billForecast, z.null()]),
    })
    .nullable()
    .openapi({ description: 'Where the running month will end; null for any other month.' }),
  apps: z
    .array(
      z.object({
        app: z.string(),
        name: z.string(),
        mau: z.number().int(),
        peakConnections: appPeakAnswer,
        requests: z.number().int(),
      }),
    )
    .openapi({
      description:
        'The apps that used anything. Each has its own exact peak, which may be at another instant than the organization’s.',
    }),
  days: z.array(dayOf(peakAnswer)),
  unmeasured,
})

export const appMonthAnswer = z.object({
  app: z.string(),
  month: z.string().openapi({ example: '2026-11' }),
  mau: z.number().int(),
  peakConnections: appPeakAnswer,
  requests: z.number().int(),
  outcomes: counts,
  days: z.array(dayOf(appPeakAnswer)),
  unmeasured,
})

const quantile = z.object({
  moreThanMs: z.number(),
  atMostMs: z.number().nullable(),
})

export const appUsageAnswer = z.object({
  app: z.string(),
  from: z.string(),
  to: z.string(),
  step: z.enum(['minute', 'hour', 'day']),
  by: z.enum(['endpoint', 'platform', 'outcome']).nullable(),
  items: z.array(
    z.object({
      at: z.string().openapi({ description: 'The start of the step; steps without a request are left out.' }),
      name: z.string().nullable(),
      requests: z.number().int(),
      outcomes: counts,
      latency: z.object({ p50: quantile, p95: quantile, p99: quantile }).nullable().openapi({
        description: 'Of served, failed and client-error requests. The true value lies between the two.',
      }),
    }),
  ),
  unmeasured,
})
