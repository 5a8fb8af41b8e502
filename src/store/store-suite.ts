import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { addApiKey, deleteApiKey } from './api-keys.ts'
import { addApp, findApp, findAppByKey, listApps, setLimits, setSuspension } from './apps.ts'
import { addAuditEntry, listAudit } from './audit.ts'
import { addContractVersion, contractInForce, contractVersions } from './contracts.ts'
import { type DirectoryApp, readDirectory } from './directory.ts'
import { addEvidence, findEvidence, findTotals, hasEvidence, headBefore, keepTotals } from './evidence.ts'
import { findAnswer, keepAnswer } from './idempotency.ts'
import { addMember, deleteMember, findMemberByToken, listMembers } from './members.ts'
import type { Store } from './open-store.ts'
import { addOrganization, findOrganization, listOrganizations, updateOrganization } from './organizations.ts'
import type { Terms } from '../core/contract/terms.ts'
import { addProbeResults, lastProbeResults } from './probe-results.ts'
import { addTerms } from './terms.ts'
import { addSubscription, countHolders, heldSubscriptions, subscriptionsOf } from './subscriptions.ts'

const DAY_MS = 24 * 3600 * 1000
const noon = Date.UTC(2026, 10, 10, 12)

/** What every store must hold to, whatever database is under it. Recording has a suite of its own. */
export function runStoreSuite(name: string, open: () => Promise<Store>): void {
  describe(name, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(async () => store.close())

    async function organization(id: string, createdMs = noon): Promise<void> {
      await addOrganization(store.db, { id, name: id, billing: {}, eligibility: undefined, createdMs })
    }

    async function app(id: string, organizationId: string): Promise<void> {
      const sealedSecret = Uint8Array.of(1, 2, 255)
      await addApp(store.db, { id, organizationId, name: id, sealedSecret, createdMs: noon })
    }

    async function subscribe(organizationId: string, plan: string, fromMs: number, createdMs = noon) {
      await addSubscription(store.db, {
        id: `${organizationId}-${plan}-${fromMs}-${createdMs}`,
        organizationId,
        plan,
        supportPlan: 'basic',
        addOns: [],
        interval: 'monthly',
        fromMs,
        createdMs,
        author: 'operator',
      })
    }

    async function agree(organizationId: string, terms: Terms, fromMs: number) {
      const id = `${organizationId}-terms-${fromMs}`
      const said = { ...terms }
      await addTerms(store.db, {
        id,
        organizationId,
        fromMs,
        said,
        terms,
        contractVersion: 1,
        createdMs: noon,
      })
    }

    test('an organization reads back as it was written, and a change leaves the rest alone', async () => {
      const written = {
        id: 'org_1',
        name: 'Acme',
        billing: { country: 'NL' },
        eligibility: { members: 3 },
        createdMs: noon,
      }
      await addOrganization(store.db, written)
      expect(await findOrganization(store.db, 'org_1')).toEqual(written)
      await updateOrganization(store.db, 'org_1', { name: 'Acme B.V.' })
      expect(await findOrganization(store.db, 'org_1')).toEqual({ ...written, name: 'Acme B.V.' })
      expect(await findOrganization(store.db, 'org_2')).toBeUndefined()
    })

    test('pages of a list hold every item once, also those of the same instant', async () => {
      for (const id of ['c', 'a', 'b']) await organization(id)
      await organization('d', noon - 1)
      const first = await listOrganizations(store.db, { limit: 2, after: undefined })
      const rest = await listOrganizations(store.db, { limit: 9, after: { ms: noon, id: 'a' } })
      expect([...first, ...rest].map(({ id }) => id)).toEqual(['d', 'a', 'b', 'c'])
    })

    test('a new subscription supersedes what was to begin at or after it, and nothing before', async () => {
      await organization('org_1')
      await subscribe('org_1', 'start', noon)
      await subscribe('org_1', 'growth', noon + 30 * DAY_MS)
      await subscribe('org_1', 'maker', noon + 60 * DAY_MS)
      await subscribe('org_1', 'enterprise', noon + 30 * DAY_MS, noon + 1)
      const plans = (await subscriptionsOf(store.db, 'org_1')).map(({ plan, fromMs }) => [plan, fromMs])
      expect(plans).toEqual([
        ['start', noon],
        ['enterprise', noon + 30 * DAY_MS],
      ])
    })

    test('what is held now or later is known, and what was held before is not', async () => {
      await organization('org_1')
      await organization('org_2')
      await subscribe('org_1', 'start', noon)
      await subscribe('org_1', 'growth', noon + DAY_MS)
      await subscribe('org_2', 'growth', noon)
      const held = async (atMs: number) =>
        (await heldSubscriptions(store.db, atMs)).map(
          ({ organizationId, plan }) => `${organizationId} ${plan}`,
        )
      expect(await held(noon)).toEqual(['org_1 start', 'org_1 growth', 'org_2 growth'])
      expect(await held(noon + DAY_MS)).toEqual(['org_1 growth', 'org_2 growth'])
      expect(await countHolders(store.db, 'growth', noon)).toBe(2)
      expect(await countHolders(store.db, 'growth', noon, 'org_2')).toBe(1)
      expect(await countHolders(store.db, 'start', noon + DAY_MS)).toBe(0)
    })

    test('two keys hold together, and a deleted one finds no app', async () => {
      await organization('org_1')
      await app('app_1', 'org_1')
      await addApiKey(store.db, { id: 'k1', appId: 'app_1', hash: 'h1', lastFour: 'aaaa', createdMs: noon })
      await addApiKey(store.db, { id: 'k2', appId: 'app_1', hash: 'h2', lastFour: 'bbbb', createdMs: noon })
      expect((await findAppByKey(store.db, 'h1'))?.id).toBe('app_1')
      await deleteApiKey(store.db, 'app_1', 'k1', noon)
      expect(await findAppByKey(store.db, 'h1')).toBeUndefined()
      expect((await findAppByKey(store.db, 'h2'))?.id).toBe('app_1')
    })

    test('an organization lists its own apps alone', async () => {
      await organization('org_1')
      await organization('org_2')
      await app('app_1', 'org_1')
      await app('app_2', 'org_2')
      const listed = await listApps(store.db, 'org_1', { limit: 10, after: undefined })
      expect(listed.map(({ id }) => id)).toEqual(['app_1'])
    })

    test('the directory holds all that the data plane needs to know of an app', async () => {
      await organization('org_1')
      await app('app_1', 'org_1')
      await addApiKey(store.db, { id: 'k1', appId: 'app_1', hash: 'h1', lastFour: 'aaaa', createdMs: noon })
      await subscribe('org_1', 'start', noon)
      await subscribe('org_1', 'growth', noon + DAY_MS)
      await agree('org_1', { includes: { mau: 5 } }, noon)
      await agree('org_1', { includes: { mau: 6 } }, noon + 2 * DAY_MS)
      await agree('org_1', {}, noon + DAY_MS)
      await setLimits(store.db, 'app_1', { app: { SendMessage: 5 } })
      const { apps } = await readDirectory(store.db, 0)
      expect(apps).toEqual<DirectoryApp[]>([
        {
          id: 'app_1',
          organizationId: 'org_1',
          name: 'app_1',
          suspended: false,
          sealedSecret: Uint8Array.of(1, 2, 255),
          keyHashes: ['h1'],
          plans: [
            { fromMs: noon, plan: 'start' },
            { fromMs: noon + DAY_MS, plan: 'growth' },
          ],
          terms: [
            { fromMs: noon, terms: { includes: { mau: 5 } } },
            { fromMs: noon + DAY_MS, terms: {} },
          ],
          limits: { app: { SendMessage: 5 } },
          forProbes: false,
        },
      ])
    })

    test('the directory tells of every change once, and only of the apps that changed', async () => {
      await organization('org_1')
      await organization('org_2')
      await app('app_1', 'org_1')
      await app('app_2', 'org_2')
      let { revision } = await readDirectory(store.db, 0)
      const changed = async () => {
        const directory = await readDirectory(store.db, revision)
        revision = directory.revision
        return directory.apps.map(({ id, suspended }) => `${id}${suspended ? ' suspended' : ''}`)
      }
      expect(await changed()).toEqual([])
      await setSuspension(store.db, 'app_2', { sinceMs: noon, reason: 'unpaid' })
      expect(await changed()).toEqual(['app_2 suspended'])
      await setSuspension(store.db, 'app_2', undefined)
      expect(await changed()).toEqual(['app_2'])
      await subscribe('org_1', 'growth', noon)
      expect(await changed()).toEqual(['app_1'])
      await addApiKey(store.db, { id: 'k1', appId: 'app_1', hash: 'h1', lastFour: 'aaaa', createdMs: noon })
      expect(await changed()).toEqual(['app_1'])
      await deleteApiKey(store.db, 'app_1', 'k1', noon)
      expect(await changed()).toEqual(['app_1'])
      await setLimits(store.db, 'app_1', {})
      expect(await changed()).toEqual(['app_1'])
      expect(await changed()).toEqual([])
    })

    test('a change that is rolled back leaves the directory where it was', async () => {
      await organization('org_1')
      await app('app_1', 'org_1')
      const before = await readDirectory(store.db, 0)
      const failing = store.db.transaction().execute(async trx => {
        await setSuspension(trx, 'app_1', { sinceMs: noon, reason: 'unpaid' })
        throw new Error('planted')
      })
      await expect(failing).rejects.toThrow('planted')
      expect(await readDirectory(store.db, 0)).toEqual(before)
      expect((await findApp(store.db, 'app_1'))?.suspended).toBeUndefined()
    })

    test('a removed member is found by nothing', async () => {
      const member = {
        id: 'mem_1',
        name: 'Ada',
        email: 'ada@example.com',
        role: 'operator',
        organizationId: undefined,
        createdMs: noon,
      }
      await addMember(store.db, { ...member, tokenHash: 'h' })
      expect(await findMemberByToken(store.db, 'h')).toEqual(member)
      await deleteMember(store.db, 'mem_1', noon)
      expect(await findMemberByToken(store.db, 'h')).toBeUndefined()
      expect(await listMembers(store.db, { limit: 10, after: undefined })).toEqual([])
    })

    test('the contract loaded last is in force, and all versions stay', async () => {
      expect(await contractInForce(store.db)).toBeUndefined()
      const version = { documents: { 'api.yaml': 'openapi: 3.1.0' }, loadedMs: noon, pricesFromMs: noon }
      await addContractVersion(store.db, { ...version, yaml: 'one', source: 'file' })
      await addContractVersion(store.db, { ...version, yaml: 'two', source: 'api' })
      expect(await contractInForce(store.db)).toEqual({ ...version, yaml: 'two', source: 'api', version: 2 })
      const listed = await contractVersions(store.db, { limit: 10 })
      expect(listed.map(({ yaml }) => yaml)).toEqual(['two', 'one'])
      expect(await contractVersions(store.db, { limit: 10, below: 2 })).toHaveLength(1)
    })

    test('the audit is read newest first, in pages, also what happened at the same instant', async () => {
      const entry = { atMs: noon, actor: 'operator', action: 'app.created', details: { name: 'x' } }
      for (const subject of ['a', 'b', 'c']) {
        const organizationId = subject === 'a' ? 'org_1' : undefined
        await addAuditEntry(store.db, { ...entry, subject, organizationId })
      }
      const page = await listAudit(store.db, { limit: 2 })
      expect(page.map(({ subject }) => subject)).toEqual(['c', 'b'])
      const rest = await listAudit(store.db, { limit: 2, below: page[1]?.number })
      expect(rest).toMatchObject([{ ...entry, subject: 'a', organizationId: 'org_1' }])
      const own = await listAudit(store.db, { limit: 9, organizationId: 'org_1' })
      expect(own.map(({ subject }) => subject)).toEqual(['a'])
    })

    test('a month’s evidence is kept byte for byte, once, and follows that of the month before it', async () => {
      const file = Uint8Array.of(0, 255, 10)
      const kept = { organizationId: 'org_1', file, signature: 's', createdMs: noon, totalsId: 't' }
      expect(await hasEvidence(store.db)).toBe(false)
      for (const month of ['2026-12', '2026-10']) await addEvidence(store.db, { ...kept, month, head: month })
      await addEvidence(store.db, { ...kept, organizationId: 'org_2', month: '2026-11', head: 'other' })
      expect(await hasEvidence(store.db)).toBe(true)
      const found = await findEvidence(store.db, 'org_1', '2026-10')
      expect({ ...found, file: Uint8Array.from(found!.file) }).toEqual({
        ...kept,
        month: '2026-10',
        head: '2026-10',
      })
      expect(await findEvidence(store.db, 'org_1', '2026-11')).toBeUndefined()
      expect(await headBefore(store.db, 'org_1', '2027-01')).toBe('2026-12')
      expect(await headBefore(store.db, 'org_1', '2026-12')).toBe('2026-10')
      expect(await headBefore(store.db, 'org_1', '2026-10')).toBeUndefined()
      await expect(addEvidence(store.db, { ...kept, month: '2026-10', head: 'again' })).rejects.toThrow()
      const totals = { id: 't', valid: 'AA', failed: 'AB' }
      for (let i = 0; i < 2; i++) await keepTotals(store.db, totals)
      expect(await findTotals(store.db, 't')).toEqual(totals)
      expect(await findTotals(store.db, 'u')).toBeUndefined()
    })

    test('an answer is kept for a day, apart for each actor, and then its key is free again', async () => {
      const kept = { requestHash: 'r', sealedAnswer: Uint8Array.of(9) }
      await keepAnswer(store.db, { ...kept, scope: 'a', key: 'k', nowMs: noon })
      expect(await findAnswer(store.db, 'a', 'k', noon + DAY_MS - 1)).toEqual(kept)
      expect(await findAnswer(store.db, 'a', 'k', noon + DAY_MS)).toBeUndefined()
      expect(await findAnswer(store.db, 'b', 'k', noon)).toBeUndefined()
      await keepAnswer(store.db, { ...kept, scope: 'a', key: 'k', nowMs: noon + DAY_MS })
      expect(await findAnswer(store.db, 'a', 'k', noon + DAY_MS)).toEqual(kept)
    })

    test('a result of a probe is kept once, and the last of each place is found however many came before', async () => {
      const seen = (probe: string, place: string, afterMs: number, ok = true) => ({
        probe,
        place,
        atMs: noon + afterMs,
        ok,
        ms: 10,
        detail: ok ? undefined : 'answered 503, not 200',
      })
      const many = Array.from({ length: 1200 }, (_, i) => seen('search', i % 2 === 0 ? 'Oslo' : 'Bern', i))
      const last = [seen('search', 'Bern', 4000), seen('search', 'Oslo', 5000, false)]
      const repeated = { ...many[0]!, ok: false }
      expect(await addProbeResults(store.db, [...many, ...last, repeated])).toBe(1202)
      expect(await addProbeResults(store.db, [repeated, seen('other', 'Rome', 9000)])).toBe(1)
      expect(await lastProbeResults(store.db, 'search')).toEqual(last)
      expect(await lastProbeResults(store.db, 'nothing')).toEqual([])
    })

    test('an app for probes is one in the directory too, and no other is', async () => {
      await organization('org_1')
      await app('app_1', 'org_1')
      const ofOurs = { organizationId: 'org_1', name: 'Probes', createdMs: noon, forProbes: true }
      await addApp(store.db, { ...ofOurs, id: 'app_2', sealedSecret: Uint8Array.of(1) })
      const { apps } = await readDirectory(store.db, 0)
      expect(apps.map(({ id, forProbes }) => [id, forProbes])).toEqual([
        ['app_1', false],
        ['app_2', true],
      ])
      expect(await findApp(store.db, 'app_2')).toMatchObject({ forProbes: true })
    })

    test('any text is kept as it is', async () => {
      await fc.assert(
        fc.asyncProperty(fc.uuid(), fc.string({ unit: 'grapheme' }), async (id, text) => {
          await addOrganization(store.db, {
            id,
            name: text,
            billing: { text },
            eligibility: undefined,
            createdMs: noon,
          })
          expect(await findOrganization(store.db, id)).toMatchObject({ name: text, billing: { text } })
        }),
        { numRuns: 50 },
      )
    })
  })
}
