import { XmlDocument } from 'libxml2-wasm'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addSampleStatus, withGroups } from '../../../test/status/sample-status.ts'
import { mergeIncident } from '../availability/incident-changes.ts'
import { findIncident } from '../../store/incidents.ts'
import { addMaintenance } from '../../store/maintenance.ts'
import { serialized } from '../../store/serialized.ts'
import { type Control, chatYaml, noonMs, startControl } from './test-control.ts'

const HOUR_MS = 3_600_000

let control: Control
let mergedId: string
beforeAll(async () => {
  control = await startControl({ publicUrl: 'https://status.example.com' })
  const { db } = control.deps.store
  await control.operator('PUT', '/api/contract', { yaml: withGroups(chatYaml) })
  await addSampleStatus(db, noonMs)
  const work = { cancelledMs: undefined, extends: undefined, author: 'mem_secret' }
  for (const [id, startMs, announcedMs] of [
    ['mnt_late', noonMs - 48 * HOUR_MS, noonMs - 49 * HOUR_MS],
    ['mnt_soon', noonMs + 48 * HOUR_MS - 1000, noonMs],
  ] as const)
    await addMaintenance(db, { ...work, id, title: id, startMs, endMs: startMs + HOUR_MS, announcedMs })
  const opened = await control.operator<{ id: string }>('POST', '/api/incidents', {
    title: 'Searches <b>fail</b> & "more"',
    impact: 'minor',
    component: 'Search',
    startedAt: '2026-11-10T11:50:00Z',
  })
  mergedId = opened.body.id
  await serialized(db, async trx => {
    const [from, into] = [await findIncident(trx, mergedId), await findIncident(trx, 'inc_open')]
    await mergeIncident(trx, from!, into!, { author: 'operator', atMs: noonMs })
  })
  await control.as(undefined)('GET', '/status')
})
afterAll(async () => control.close())

const get = (path: string, headers: Record<string, string> = {}) =>
  control.as(undefined)<string>('GET', path, undefined, headers)

describe('the status page', () => {
  it('needs no credentials and no script, and may be kept for a moment', async () => {
    const { status, body, headers } = await get('/status')
    expect(status).toBe(200)
    expect(headers.get('cache-control')).toBe('public, max-age=15')
    expect(headers.get('content-type')).toBe('text/html; charset=utf-8')
    expect(headers.get('last-modified')).toBe('Tue, 10 Nov 2026 12:00:00 GMT')
    expect(headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-[^']+'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'$/,
    )
    expect(body).not.toContain('<script')
    expect(body).not.toContain(' style=')
    expect(body).toContain('<title>Some systems are degraded · chat status</title>')
  })

  it('is not sent twice to whoever has it', async () => {
    const { headers } = await get('/status')
    const etag = headers.get('etag') ?? ''
    expect(etag).toMatch(/^"[\w-]{22}"$/)
    const again = await get('/status', { 'if-none-match': `"other", W/${etag}` })
    expect(again).toMatchObject({ status: 304, body: '' })
    expect(again.headers.get('etag')).toBe(etag)
    expect((await get('/status', { 'if-none-match': '"other"' })).status).toBe(200)
  })

  it('shows an incident at an address that stays, one that was merged too, and none that is not there', async () => {
    const { status, body } = await get('/status/incidents/inc_open')
    expect(status).toBe(200)
    expect(body).toContain('<title>Searches are slow and some fail · chat status</title>')
    expect(body).toContain('with more memory &amp; joins')
    const merged = await get(`/status/incidents/${mergedId}`)
    expect([merged.status, merged.headers.get('location')]).toEqual([302, '/status/incidents/inc_open'])
    const none = await get('/status/incidents/inc_none')
    expect(none.status).toBe(404)
    expect(none.body).toContain('There is no such incident')
  })

  it('is a page too where there is none, and a problem for programs', async () => {
    const page = await get('/status/nope', { accept: 'text/html,*/*' })
    expect(page.status).toBe(404)
    expect(page.body).toContain('<h1>There is no such page</h1>')
    const problem = await control.as(undefined)('GET', '/status/nope', undefined, { accept: '*/*' })
    expect(problem).toMatchObject({ status: 404, body: { code: 'not-found' } })
  })

  it('escapes what people write', async () => {
    const { body } = await get('/status/history')
    expect(body).toContain('Searches &lt;b&gt;fail&lt;/b&gt; &amp; &quot;more&quot;')
    expect(body).not.toContain('<b>fail')
  })

  it('says of work that was announced too late that it counts against the SLA, wherever the work is told of', async () => {
    const said = 'Announced too late to be excluded: it counts against the SLA.'
    const cards = async (path: string) =>
      (await get(path)).body
        .split('<article')
        .filter(card => card.includes(said))
        .map(card => /aria-labelledby="(\w+)"/.exec(card)?.[1])
    expect(await cards('/status')).toEqual(['mnt_soon'])
    expect(await cards('/status/history')).toEqual(['mnt_late'])
    expect((await get('/status/feed.atom')).body.split(said)).toHaveLength(3)
  })

  it('does not say who wrote what', async () => {
    for (const path of ['/status', '/status/history', '/status.json', '/status/feed.atom'])
      expect((await get(path)).body).not.toContain('mem_secret')
  })
})

describe('/status.json', () => {
  it('has the state, 90 days and the months of every component, exactly', async () => {
    const { body, headers } = await control.as(undefined)('GET', '/status.json')
    expect(headers.get('access-control-allow-origin')).toBe('*')
    expect(body).toMatchObject({
      name: 'chat',
      url: 'https://status.example.com/status',
      asOf: '2026-11-10T12:00:00.000Z',
      stale: false,
      state: 'degraded',
      judgedTo: '2026-11-10T11:50:00.000Z',
    })
    const components = body['components'] as { name: string; days: object[]; months: object[] }[]
    expect(components.map(({ name }) => name)).toEqual([
      'API',
      'Messaging',
      'Channels',
      'Connections',
      'Search',
    ])
    expect(components.map(({ days }) => days.length)).toEqual([90, 90, 90, 90, 90])
    expect(components[0]?.months[1]).toEqual({
      month: '2026-10',
      uptime: '99.98431',
      exact: '44633/44640',
      from: '2026-10-01',
      whole: true,
      downSeconds: 420,
      measuredSeconds: 2_678_400,
    })
    expect(components[0]?.days.at(-1)).toMatchObject({
      date: '2026-11-10',
      kind: 'up',
      measuredSeconds: 42_600,
    })
    expect(components[0]?.days[0]).toMatchObject({ kind: 'none', measuredSeconds: 0 })
  })

  it('tells incidents with their updates, and maintenance with its phase', async () => {
    const { body } = await control.as(undefined)<{
      incidents: { id: string; updates: { of: string | null }[] }[]
      maintenance: { id: string; phase: string; countsAgainstSla: boolean }[]
    }>('GET', '/status.json')
    expect(body.incidents.map(({ id }) => id)).toEqual(['inc_open', 'inc_recent', 'inc_over', 'inc_old'])
    // Of what was merged each line stands where it was told, but the one that says where it went.
    expect(body.incidents[0]?.updates.map(({ of }) => of)).toEqual([
      null,
      null,
      null,
      null,
      'Searches <b>fail</b> & "more"',
    ])
    expect(JSON.stringify(body.incidents)).not.toContain(mergedId)
    expect(
      body.maintenance.map(({ id, phase, countsAgainstSla }) => `${id} ${phase} ${countsAgainstSla}`),
    ).toEqual([
      'mnt_1 over false',
      'mnt_2 over false',
      'mnt_late over true',
      'mnt_soon planned true',
      'mnt_3 planned false',
    ])
  })
})

describe('/status/feed.atom', () => {
  it('is Atom: ids that stay, instants, full addresses, an entry an incident and a window', async () => {
    const { body, headers } = await get('/status/feed.atom')
    expect(headers.get('content-type')).toBe('application/atom+xml; charset=utf-8')
    const document = XmlDocument.fromString(body)
    const texts = (path: string) =>
      document.root.find(path, { a: 'http://www.w3.org/2005/Atom' }).map(({ content }) => content)
    const ids = texts('//a:id')
    expect(new Set(ids).size).toBe(ids.length)
    expect(ids).toHaveLength(1 + 4 + 5)
    expect(ids).toContain('urn:weir:incident:inc_open')
    for (const instant of [...texts('//a:updated'), ...texts('//a:published')])
      expect(new Date(instant).toISOString()).toBe(instant)
    for (const path of ['a:title', 'a:updated', 'a:author/a:name', 'a:link', 'a:entry'])
      expect(texts(path).length, path).toBeGreaterThan(0)
    for (const each of ['a:id', 'a:title', 'a:updated', 'a:published', 'a:content', 'a:link'])
      expect(texts(`a:entry/${each}`), each).toHaveLength(9)
    expect(texts('a:link/@href')).toContain('https://status.example.com/status/feed.atom')
    expect(texts('a:entry/a:link/@href')).toContain('https://status.example.com/status/incidents/inc_open')
    expect(texts('a:entry/a:content').join('')).toContain('<p>Identified, ')
    document.dispose()
  })
})

describe('/status/badge.svg', () => {
  it('is a picture that says its state in words, for other sites', async () => {
    const { body, headers } = await get('/status/badge.svg')
    expect(headers.get('content-type')).toBe('image/svg+xml; charset=utf-8')
    expect(headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    const document = XmlDocument.fromString(body)
    expect(document.root.attr('role')?.content).toBe('img')
    expect(document.root.attr('aria-label')?.content).toBe(
      'chat status: Degraded, as of 10 Nov 2026, 12:00:00 UTC',
    )
    document.dispose()
    expect(body).toContain('>Degraded</text>')
  })
})
