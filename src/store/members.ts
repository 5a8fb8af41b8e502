import type { Kysely } from 'kysely'
import { after, type Page } from './page.ts'
import type { Schema } from './schema.ts'

export interface Member {
  readonly id: string
  readonly name: string
  readonly email: string
  readonly role: string
  /** undefined: one of the provider's own people. */
  readonly organizationId: string | undefined
  readonly createdMs: number
}

export async function addMember(db: Kysely<Schema>, member: Member & { tokenHash: string }): Promise<void> {
  await db
    .insertInto('members')
    .values({
      id: member.id,
      name: member.name,
      email: member.email,
      role: member.role,
      organization: member.organizationId ?? null,
      token_hash: member.tokenHash,
      created_ms: member.createdMs,
      deleted_ms: null,
    })
    .execute()
}

export async function findMember(db: Kysely<Schema>, id: string): Promise<Member | undefined> {
  const row = await present(db).where('id', '=', id).executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

export async function findMemberByToken(db: Kysely<Schema>, tokenHash: string): Promise<Member | undefined> {
  const row = await present(db).where('token_hash', '=', tokenHash).executeTakeFirst()
  return row === undefined ? undefined : fromRow(row)
}

/** In the order in which they came; `organizationId` narrows the list to one organization's. */
export async function listMembers(
  db: Kysely<Schema>,
  page: Page & { organizationId?: string | undefined },
): Promise<Member[]> {
  let query = present(db)
  if (page.organizationId !== undefined) query = query.where('organization', '=', page.organizationId)
  if (page.after !== undefined) query = query.where(after('created_ms', page.after))
  const rows = await query.orderBy('created_ms').orderBy('id').limit(page.limit).execute()
  return rows.map(fromRow)
}

/** Of the provider's people, or of one customer's; at most 50, the oldest first. */
export async function membersWithRole(
  db: Kysely<Schema>,
  role: string,
  organizationId: string | undefined,
): Promise<Member[]> {
  const rows = await present(db)
    .where('role', '=', role)
    .where('organization', organizationId === undefined ? 'is' : '=', organizationId ?? null)
    .orderBy('created_ms')
    .limit(50)
    .execute()
  return rows.map(fromRow)
}

/**
 * How people are called to whom an audit's actors mean nothing; members that were removed too. Who is no member, such as
 * `weir`, is called by its id.
 */
export async function memberNames(
  db: Kysely<Schema>,
  ids: readonly string[],
): Promise<(id: string) => string> {
  const asked = [...new Set(ids)]
  const rows =
    asked.length === 0
      ? []
      : await db.selectFrom('members').select(['id', 'name']).where('id', 'in', asked).execute()
  const names = new Map(rows.map(({ id, name }) => [id, name]))
  return id => names.get(id) ?? id
}

export async function deleteMember(db: Kysely<Schema>, id: string, nowMs: number): Promise<void> {
  await db.updateTable('members').set({ deleted_ms: nowMs }).where('id', '=', id).execute()
}

function present(db: Kysely<Schema>) {
  return db.selectFrom('members').selectAll().where('deleted_ms', 'is', null)
}

function fromRow(row: Schema['members']): Member {
  return {
    id: row.id,
    name: row.name,
    email: row.email,
    role: row.role,
    organizationId: row.organization ?? undefined,
    createdMs: row.created_ms,
  }
}
