import * as fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Batch, emptyBatch } from '../../store/batch.ts'
import { applyBatch } from '../../store/recording.ts'
import type { StorePlace } from '../../store/open-store.ts'
import { userKey } from '../../store/user-key.ts'
import { type Control, addCustomer, noonMs, startControl } from './test-control.ts'
import { type Facts, inAnyOrder, joined, opensTo, requestAt, rowsOf, sockets } from './test-usage.ts'

interface OwnPeak {
  peak: number
  at: string | null
  byPlatform: object
  reconnectOverlap: number
}

interface OrganizationUsage {
  mau: number
  apps: { app: string; name: string; mau: number; peakConnections: OwnPeak; requests: number }[]
  peakConnections: OwnPeak & { byApp: object }
  requests: number
  outcomes: Record<string, number>
  forecast: { mau: object | null; connections: object | null; bill: object | null } | null
  days: { date: string; newUsers: number; mau: number; peakConnections: { peak: number } }[]
  unmeasured: object[]
}

interface AppMonth {
  app: string
  mau: number
  peakConnections: OwnPeak
  requests: number
  days: { date: string; newUsers: number; mau: number; peakConnections: OwnPeak }[]
}

interface AppUsage {
  items: { at: string; name: string | null; requests: number; outcomes: object; latency: object | null }[]
  unmeasured: object[]
}

/**
 * What the routes of usage must hold to on every database. `place`: an empty one, or undefined for a file of the test's
 * own.
 */
export function runUsageSuite(database: string, place: () => Promise<StorePlace | undefined>): void {
  describe(`${database}: usage`, () => {
    let control: Control
    beforeAll(async () => {
      control = await startControl({}, await place())
    })
    afterAll(async () => control.close())

    let nodes = 0
    /** Records what one node saw. */
    async function record(more: Partial<Batch>): Promise<void> {
      await applyBatch(control.deps.store.db, {
        ...emptyBatch(`node_${++nodes}`, 1, control.time.nowMs),
        ...more,
      })
    }

    async function usageOf(organizationId: string, month: string): Promise<OrganizationUsage> {
      const path = `/api/organizations/${organizationId}/usage?month=${month}`
      const { status, body } = await control.operator<OrganizationUsage>('GET', path)
      expect(status).toBe(200)
      return body
    }

    describe('an organization', () => {
      test('two nodes with 300/400/350 and 250/100/300 connections at the same instants peak at 650', async () => {
        const { organizationId, app } = await addCustomer(control, 'Two nodes')
        await record(opensTo(app.id, 'ios', [300, 400, 350]))
        await record(opensTo(app.id, 'web', [250, 100, 300]))
        const { peakConnections } = await usageOf(organizationId, '2026-11')
        expect(peakConnections).toEqual({
          peak: 650,
          at: '2026-11-10T11:02:00Z',
          byApp: { [app.id]: 650 },
          byPlatform: { ios: 350, web: 300 },
          reconnectOverlap: 0,
        })
      })

      test('its peak is that of the sum over its apps, and each app has its own, at its own instant', async () => {
        const { organizationId, app } = await addCustomer(control, 'Two apps')
        const path = `/api/organizations/${organizationId}/apps`
        const other = await control.operator<{ id: string }>('POST', path, { name: '=other' })
        await control.operator('POST', path, { name: 'idle' })
        await record(opensTo(app.id, 'ios', [3, 5, 0]))
        await record({
          ...opensTo(other.body.id, 'web', [4, 1, 6]),
          users: ['ann', 'bob'].map(user => ({
            appId: other.body.id,
            userKey: userKey(other.body.id, user),
            atMs: noonMs,
          })),
          requests: [requestAt(other.body.id, noonMs, 3)],
        })
        const { peakConnections, apps } = await usageOf(organizationId, '2026-11')
        expect(peakConnections).toMatchObject({ peak: 7, byApp: { [app.id]: 3, [other.body.id]: 4 } })
        const own = (peak: number, at: string, byPlatform: object) => ({
          peak,
          at,
          byPlatform,
          reconnectOverlap: 0,
        })
        const one = { app: app.id, name: 'Two apps app', mau: 0, requests: 0 }
        const two = { app: other.body.id, name: '=other', mau: 2, requests: 3 }
        expect(apps.toSorted((a, b) => a.mau - b.mau)).toEqual([
          { ...one, peakConnections: own(5, '2026-11-10T11:01:00Z', { ios: 5 }) },
          { ...two, peakConnections: own(6, '2026-11-10T11:02:00Z', { web: 6 }) },
        ])
        const csv = await control.operator<string>(
          'GET',
          `/api/organizations/${organizationId}/usage?month=2026-11&by=app&format=csv`,
        )
        const lines = csv.body.split('\r\n')
        expect(lines[0]).toBe('app,name,mau,peakConnections,peakAt,reconnectOverlap,requests')
        expect(lines.slice(1, -1).toSorted((a, b) => a.length - b.length)).toEqual([
          `${other.body.id},'=other,2,6,2026-11-10T11:02:00Z,0,3`,
          `${app.id},Two apps app,0,5,2026-11-10T11:01:00Z,0,0`,
        ])
      })

      test('a socket that replaced another is told apart at the peak', async () => {
        const { organizationId, app } = await addCustomer(control, 'Reconnects')
        const key = userKey(app.id, 'ann')
        const opened = [0, 1000].map(at => ({
          ...sockets(app.id, `r${at}`, 1, noonMs + at - 60_000)[0]!,
          userKey: key,
        }))
        await record({ opened, closed: [{ id: opened[0]!.id, atMs: noonMs - 58_000 }] })
        const { peakConnections, apps } = await usageOf(organizationId, '2026-11')
        expect(peakConnections).toMatchObject({ peak: 2, reconnectOverlap: 1 })
        expect(apps[0]?.peakConnections).toMatchObject({ peak: 2, reconnectOverlap: 1 })
      })

      test.each([
        ['2026-02', '2026-03', 28],
        ['2028-02', '2028-03', 29],
        ['2026-04', '2026-05', 30],
        ['2026-12', '2027-01', 31],
      ])('the last and the first millisecond of a month fall into %s and %s', async (month, next, days) => {
        const { organizationId, app } = await addCustomer(control, `Turn of ${month}`)
        const turnMs = Date.parse(`${next}-01T00:00:00Z`)
        const seen = (user: string, atMs: number) => ({ appId: app.id, userKey: userKey(app.id, user), atMs })
        await record({
          users: [seen('ann', turnMs - 1), seen('ann', turnMs), seen('bob', turnMs - 1)],
          requests: [requestAt(app.id, turnMs - 1, 2), requestAt(app.id, turnMs, 3)],
          opened: [
            ...sockets(app.id, `${month}-a`, 2, turnMs - 1),
            ...sockets(app.id, `${month}-b`, 1, turnMs),
          ],
          closed: [{ id: `${month}-a-0`, atMs: turnMs }],
          sentAtMs: turnMs + 5000,
        })
        const before = control.time.nowMs
        control.time.nowMs = turnMs + 5000
        const [old, fresh] = [await usageOf(organizationId, month), await usageOf(organizationId, next)]
        control.time.nowMs = before
        expect(old).toMatchObject({ mau: 2, requests: 2, peakConnections: { peak: 2 }, forecast: null })
        expect(old.days).toHaveLength(days)
        expect(old.days.at(-1)).toMatchObject({ newUsers: 2, mau: 2, peakConnections: { peak: 2 } })
        expect(fresh.days).toHaveLength(1)
        // One closed at the turn; the one that stayed open counts in both months.
        expect(fresh).toMatchObject({ mau: 1, requests: 3, peakConnections: { peak: 2 } })
      })

      test('a dead node’s connections end when it was last seen', async () => {
        const { organizationId, app } = await addCustomer(control, 'Dead node')
        const diedMs = noonMs - 24 * 3_600_000
        await record({ opened: sockets(app.id, 'dead', 5, diedMs - 1000), sentAtMs: diedMs })
        const { days } = await usageOf(organizationId, '2026-11')
        expect(days.slice(-2).map(day => day.peakConnections.peak)).toEqual([5, 0])
      })

      test('permuting, repeating and splitting batches changes no figure', async () => {
        const { db } = control.deps.store
        let customers = 0
        const seenAt = fc.integer({ min: noonMs - 86_400_000, max: noonMs })
        const facts: fc.Arbitrary<Facts> = fc.record({
          users: fc.array(fc.record({ user: fc.constantFrom('a', 'b', 'c'), atMs: seenAt }), {
            maxLength: 5,
          }),
          sockets: fc.array(fc.record({ atMs: seenAt, lasts: fc.nat({ max: 50_000_000 }) }), {
            maxLength: 5,
          }),
          requests: fc.array(seenAt, { maxLength: 5 }),
        })
        await fc.assert(
          fc.asyncProperty(facts, fc.infiniteStream(fc.nat()), async (given, ranks) => {
            const answers: unknown[] = []
            for (const shuffled of [false, true]) {
              const name = `Shuffled ${++customers}`
              const { organizationId, app } = await addCustomer(control, 'Shuffled')
              const rows = rowsOf(app.id, `${customers}`, given)
              const whole = rows.map((row, at) => ({ ...emptyBatch(name, at + 1, noonMs), ...row }))
              const one = { ...emptyBatch(name, 1, noonMs), ...joined(rows) }
              const arriving = shuffled ? inAnyOrder([...whole, ...whole], ranks) : [one]
              for (const batch of arriving) await applyBatch(db, batch)
              answers.push(withoutIds(await usageOf(organizationId, '2026-11'), app.id))
            }
            expect(answers[1]).toEqual(answers[0])
          }),
          { numRuns: 12 },
        )
      })
    })

    describe('an app', () => {
      test('its month has its own users and exact peaks by day, and nothing of its siblings', async () => {
        const { organizationId, app } = await addCustomer(control, 'Own month')
        const path = `/api/organizations/${organizationId}/apps`
        const other = await control.operator<{ id: string }>('POST', path, { name: 'sibling' })
        const dayMs = 86_400_000
        const seen = (appId: string, user: string, atMs: number) => ({
          appId,
          userKey: userKey(appId, user),
          atMs,
        })
        const old = sockets(app.id, 'own-old', 4, noonMs - dayMs)
        await record({
          users: [
            seen(app.id, 'ann', noonMs - dayMs),
            seen(app.id, 'ann', noonMs),
            seen(app.id, 'bob', noonMs),
          ],
          opened: [...old, ...sockets(app.id, 'own-new', 2, noonMs - 1000, 'web')],
          closed: old.slice(1).map(({ id }) => ({ id, atMs: noonMs - 2000 })),
          requests: [requestAt(app.id, noonMs - dayMs, 5)],
        })
        await record({
          users: [seen(other.body.id, 'cid', noonMs)],
          opened: sockets(other.body.id, 'sibling', 50, noonMs - 1000),
          requests: [requestAt(other.body.id, noonMs, 7)],
        })
        const month = `/api/apps/${app.id}/usage/month?month=2026-11`
        const { body } = await control.operator<AppMonth>('GET', month)
        const peak = (at: string, byPlatform: object) => ({ peak: 4, at, byPlatform, reconnectOverlap: 0 })
        const first = peak('2026-11-09T12:00:00Z', { ios: 4 })
        expect(body).toMatchObject({
          app: app.id,
          month: '2026-11',
          mau: 2,
          requests: 5,
          peakConnections: first,
        })
        expect(body.days.slice(-2)).toEqual([
          { date: '2026-11-09', newUsers: 1, mau: 1, peakConnections: first },
          // Four were open at midnight already.
          {
            date: '2026-11-10',
            newUsers: 1,
            mau: 2,
            peakConnections: { ...first, at: '2026-11-10T00:00:00Z' },
          },
        ])
        const { apps } = await usageOf(organizationId, '2026-11')
        const { mau, peakConnections, requests } = body
        expect(apps.find(each => each.app === app.id)).toMatchObject({ mau, peakConnections, requests })
        const csv = await control.operator<string>('GET', month, undefined, { accept: 'text/csv' })
        expect(csv.body.split('\r\n').slice(-3)).toEqual([
          '2026-11-09,1,1,4,2026-11-09T12:00:00Z,0',
          '2026-11-10,1,2,4,2026-11-10T00:00:00Z,0',
          '',
        ])
      })

      test('its requests come by step and name, with latencies between two bounds and lost time shown', async () => {
        const { app } = await addCustomer(control, 'Series')
        const hourMs = noonMs - 3_600_000
        const limited = { ...requestAt(app.id, hourMs, 4), outcome: 'limited' as const, latency: [4] }
        await record({
          requests: [requestAt(app.id, hourMs, 2), requestAt(app.id, hourMs + 60_000, 1), limited],
          unmeasured: [{ appId: app.id, fromMs: hourMs + 1000, toMs: hourMs + 2000 }],
        })
        const path = `/api/apps/${app.id}/usage?from=2026-11-10T10:30:00Z&to=2026-11-10T12:00:00Z`
        const { body } = await control.operator<AppUsage>('GET', `${path}&step=hour`)
        const bounds = { moreThanMs: 3, atMostMs: 5 }
        expect(body).toMatchObject({
          from: '2026-11-10T10:00:00Z',
          to: '2026-11-10T12:00:00Z',
          items: [
            {
              at: '2026-11-10T11:00:00Z',
              name: null,
              requests: 7,
              outcomes: { served: 3, limited: 4 },
              latency: { p50: bounds, p95: bounds, p99: bounds },
            },
          ],
          unmeasured: [{ from: '2026-11-10T11:00:01Z', to: '2026-11-10T11:00:02Z' }],
        })
        const byOutcome = await control.operator<AppUsage>('GET', `${path}&step=minute&by=outcome`)
        expect(byOutcome.body.items.map(({ at, name, requests }) => [at, name, requests])).toEqual([
          ['2026-11-10T11:00:00Z', 'limited', 4],
          ['2026-11-10T11:00:00Z', 'served', 2],
          ['2026-11-10T11:01:00Z', 'served', 1],
        ])
        const csv = await control.operator<string>('GET', `${path}&step=hour&by=endpoint`, undefined, {
          accept: 'text/csv',
        })
        expect(csv.headers.get('content-type')).toContain('text/csv')
        expect(csv.body.split('\r\n')).toEqual([
          'at,endpoint,requests,served,failed,client-error,aborted,limited,refused,unmatched,' +
            'p50MoreThanMs,p50AtMostMs,p95MoreThanMs,p95AtMostMs,p99MoreThanMs,p99AtMostMs,unmeasured',
          '2026-11-10T11:00:00Z,Search,7,3,0,0,0,4,0,0,3,5,3,5,3,5,yes',
          '',
        ])
      })

      test.each([
        [
          'from=2026-11-01T00:00:00Z&to=2026-11-02T00:01:00Z&step=minute',
          /step: A step of a minute .* 1 day\./,
        ],
        ['from=2026-11-02T00:00:00Z&to=2026-11-02T00:00:00Z', /from: Must be before `to`/],
        ['from=yesterday', /from: Must be an RFC 3339 instant/],
        ['step=week', /step/],
        ['by=user', /by/],
      ])('what cannot be asked is refused with what can: %s', async (query, message) => {
        const { app } = await addCustomer(control, 'Bounds')
        const { status, body } = await control.operator('GET', `/api/apps/${app.id}/usage?${query}`)
        expect([status, body['code']]).toEqual([400, 'invalid-query'])
        expect(body['detail']).toMatch(message)
      })

      test('an answer with too many rows is refused, and says how many there would be', async () => {
        const { app } = await addCustomer(control, 'Many rows')
        const requests = Array.from({ length: 1440 * 14 }, (_, at) => ({
          ...requestAt(app.id, noonMs - 86_400_000 + (at % 1440) * 60_000),
          endpoint: `E${Math.floor(at / 1440)}`,
        }))
        await record({ requests })
        const path = `/api/apps/${app.id}/usage?step=minute&by=endpoint`
        const { status, body } = await control.operator('GET', path)
        expect([status, body['detail']]).toEqual([400, expect.stringContaining('would have 20,160 rows')])
      })
    })

    test('a month that is none is refused', async () => {
      const { organizationId } = await addCustomer(control, 'No month')
      const path = `/api/organizations/${organizationId}/usage?month=2026-13`
      const { status, body } = await control.operator('GET', path)
      expect([status, body['detail']]).toEqual([400, 'month: Must be a UTC month such as 2026-11.'])
    })

    test('the running month’s end is forecast with the bill, and days come as CSV', async () => {
      const { organizationId, app } = await addCustomer(control, 'Forecast')
      const users = Array.from({ length: 9 }, (_, day) => ({
        appId: app.id,
        userKey: userKey(app.id, `u${day}`),
        atMs: Date.UTC(2026, 10, day + 1),
      }))
      await record({ users, opened: sockets(app.id, 'forecast', 1, Date.UTC(2026, 10, 1)) })
      const { forecast } = await usageOf(organizationId, '2026-11')
      expect(forecast).toEqual({
        mau: { point: 9 + 21, low: 9 + 7, high: 9 + 21, method: 'last-days' },
        connections: expect.objectContaining({ point: 1 }),
        bill: expect.objectContaining({ currency: 'USD', point: expect.stringMatching(/^\d+\.\d\d$/) }),
      })
      const path = `/api/organizations/${organizationId}/usage?month=2026-11&format=csv`
      const { body } = await control.operator<string>('GET', path)
      const lines = body.split('\r\n')
      expect(lines.slice(0, 2)).toEqual([
        'date,newUsers,mau,peakConnections,peakAt,reconnectOverlap',
        '2026-11-01,1,1,1,2026-11-01T00:00:00Z,0',
      ])
      expect(lines).toHaveLength(12)
    })
  })
}

/** What is the same of two customers that did the same. */
function withoutIds(usage: OrganizationUsage, appId: string): unknown {
  return JSON.parse(JSON.stringify(usage).replaceAll(appId, 'app'))
}
