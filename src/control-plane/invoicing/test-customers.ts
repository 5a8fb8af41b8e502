import { readFileSync } from 'node:fs'
import type { Kysely } from 'kysely'
import type { TaxRule } from '../../core/pricing/tax.ts'
import { addApp } from '../../store/apps.ts'
import { addContractVersion } from '../../store/contracts.ts'
import { findInvoice, listInvoices, type StoredInvoice } from '../../store/invoices.ts'
import { setInvoicingSettings } from '../../store/invoicing-settings.ts'
import { addOrganization } from '../../store/organizations.ts'
import { emptyBatch } from '../../store/batch.ts'
import { userKey } from '../../store/user-key.ts'
import { applyBatch } from '../../store/recording.ts'
import type { Schema } from '../../store/schema.ts'
import { addSubscription, type Subscription } from '../../store/subscriptions.ts'

const chatYaml = readFileSync(new URL('../../../contracts/chat.yaml', import.meta.url), 'utf8')

export function at(text: string): number {
  return Date.parse(text.length === 10 ? `${text}T00:00:00Z` : text)
}

/** The chat contract from the start of 2026 on, in another currency and at other prices if told so. */
export async function loadChat(
  db: Kysely<Schema>,
  change: (yaml: string) => string = yaml => yaml,
  from = '2026-01-01',
): Promise<void> {
  const yaml = change(chatYaml)
  const dates = { loadedMs: at(from), pricesFromMs: at(from) }
  await addContractVersion(db, { yaml, documents: {}, source: 'file', ...dates })
}

/** An organization `org_NAME` with one app `app_NAME` on a plan from a day on. */
export async function addHolder(
  db: Kysely<Schema>,
  name: string,
  from: string,
  more: Partial<Subscription> & { readonly approval?: boolean; readonly tax?: TaxRule } = {},
): Promise<string> {
  const id = `org_${name}`
  const createdMs = at(from)
  await addOrganization(db, { id, name, billing: {}, eligibility: undefined, createdMs })
  await addApp(db, {
    id: `app_${name}`,
    organizationId: id,
    name,
    sealedSecret: Uint8Array.of(1),
    createdMs,
  })
  await subscribe(db, name, from, more)
  const { approval = false, tax } = more
  await setInvoicingSettings(db, id, { tax, approval, purchaseOrder: undefined })
  return id
}

export async function subscribe(
  db: Kysely<Schema>,
  name: string,
  from: string,
  more: Partial<Subscription> = {},
): Promise<void> {
  const { plan = 'start', supportPlan = 'developer', addOns = [], interval = 'monthly' } = more
  const fromMs = at(from)
  const id = `sub_${name}_${from}_${plan}`
  const chosen = { plan, supportPlan, addOns, interval }
  await addSubscription(db, {
    ...chosen,
    id,
    organizationId: `org_${name}`,
    fromMs,
    createdMs: fromMs,
    author: 'operator',
  })
}

let sequence = 0

/** Users of an app `app_NAME` who were active, each at an instant; resolves with the batch, to apply it again. */
export async function use(
  db: Kysely<Schema>,
  name: string,
  users: readonly (readonly [user: string, atIso: string])[],
): Promise<Parameters<typeof applyBatch>[1]> {
  const appId = `app_${name}`
  const seen = users.map(([user, atIso]) => ({ appId, userKey: userKey(appId, user), atMs: at(atIso) }))
  const batch = { ...emptyBatch('node_1', ++sequence, seen[0]?.atMs ?? 0), users: seen }
  await applyBatch(db, batch)
  return batch
}

/** So many users on the first of a month. */
export function crowd(count: number, day: string): (readonly [string, string])[] {
  return Array.from({ length: count }, (_, i) => [`user_${i}`, day] as const)
}

/** In the order of their numbers. */
export async function allInvoices(db: Kysely<Schema>): Promise<StoredInvoice[]> {
  const all = await listInvoices(db, { limit: 1000, after: undefined })
  const place = ({ document, month }: StoredInvoice) => document.number ?? month
  return all.toSorted((a, b) => (place(a) < place(b) ? -1 : 1))
}

export async function invoiceFor(db: Kysely<Schema>, name: string, month: string): Promise<StoredInvoice> {
  const found = (await allInvoices(db)).find(
    each => each.organizationId === `org_${name}` && each.month === month && each.kind === 'invoice',
  )
  const invoice = found && (await findInvoice(db, found.id))
  if (invoice === undefined) throw new Error(`no invoice of ${name} for ${month}`)
  return invoice
}
