import type { Kysely } from 'kysely'
import type { Page } from './page.ts'
import { after } from './page.ts'
import type { Schema } from './schema.ts'

export interface Organization {
  readonly id: string
  readonly name: string
  readonly billing: Readonly<Record<string, unknown>>
  /** What the customer declared of itself: members, monthlyRevenue, funding. */
  readonly eligibility: DeclaredEligibility | undefined
  readonly createdMs: number
}

export interface DeclaredEligibility {
  readonly members?: number | undefined
  /** Decimal text, in the contract's currency. */
  readonly monthlyRevenue?: string | undefined
  readonly funding?: string | undefined
}

export async function addOrganization(db: Kysely<Schema>, organization: Organization): Promise<void> {
  const { id, name, billing, eligibility, createdMs } = organization
  await db
    .insertInto('organizations')
    .values({
      id,
      name,
      billing: JSON.stringify(billing),
      eligibility: eligibility === undefined ? null : JSON.stringify(eligibility),
      created_ms: createdMs,
    })
    .execute()
}

export async function findOrganization(db: Kysely<Schema>, id: string): Promise<Organization | undefined> {
  const row = await db.selectFrom('organizations').selectAll().where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** In the order in which they were made; `only` narrows the list to one organization. */
export async function listOrganizations(
  db: Kysely<Schema>,
  page: Page & { only?: string | undefined },
): Promise<Organization[]> {
  let query = db.selectFrom('organizations').selectAll()
  if (page.only !== undefined) query = query.where('id', '=', page.only)
  if (page.after !== undefined) query = query.where(after('created_ms', page.after))
  const rows = await query.orderBy('created_ms').orderBy('id').limit(page.limit).execute()
  return rows.map(fromRow)
}

export async function updateOrganization(
  db: Kysely<Schema>,
  id: string,
  change: {
    name?: string | undefined
    billing?: Readonly<Record<string, unknown>> | undefined
    eligibility?: DeclaredEligibility | undefined
  },
): Promise<void> {
  const { name, billing, eligibility } = change
  const set = {
    ...(name === undefined ? {} : { name }),
    ...(billing === undefined ? {} : { billing: JSON.stringify(billing) }),
    ...(eligibility === undefined ? {} : { eligibility: JSON.stringify(eligibility) }),
  }
  if (Object.keys(set).length === 0) return
  await db.updateTable('organizations').set(set).where('id', '=', id).execute()
}

function fromRow(row: Schema['organizations']): Organization {
  return {
    id: row.id,
    name: row.name,
    billing: JSON.parse(row.billing),
    eligibility: row.eligibility === null ? undefined : JSON.parse(row.eligibility),
    createdMs: row.created_ms,
  }
}
