import { type Database, parseFields } from './database.ts'

export interface UserRow {
  readonly id: string
  readonly name: string | null
  readonly custom: string
  readonly created_at: string
  readonly updated_at: string
}

export type User = ReturnType<typeof toUser>

/** Creates users or replaces what is known of them. Fields that the API itself sets are not the client's. */
export function upsertUsers(
  db: Database,
  app: string,
  users: readonly { id: string; name?: string | undefined }[],
) {
  const now = new Date().toISOString()
  return db.transaction(() =>
    users.flatMap(({ id, name = null, ...fields }) => {
      const { online: _, created_at: __, updated_at: ___, ...custom } = fields as Record<string, unknown>
      return db.all<UserRow>`
        INSERT INTO users (app, id, name, custom, created_at, updated_at)
        VALUES (${app}, ${id}, ${name}, ${JSON.stringify(custom)}, ${now}, ${now})
        ON CONFLICT DO UPDATE SET name = excluded.name, custom = excluded.custom, updated_at = ${now}
        RETURNING *`.map(toUser)
    }),
  )
}

/** Whoever acts or is made a member is a user from then on. Answers the ids that were new. */
export function meetUsers(db: Database, app: string, ids: readonly string[]): string[] {
  const now = new Date().toISOString()
  const rows = db.all<{ id: string }>`
    INSERT INTO users (app, id, created_at, updated_at)
    SELECT ${app}, value, ${now}, ${now} FROM json_each(${JSON.stringify(ids)}) WHERE true
    ON CONFLICT DO NOTHING RETURNING id`
  return rows.map(row => row.id)
}

/** By id. No `ids`: everybody. */
export function listUsers(
  db: Database,
  app: string,
  ids: readonly string[],
  limit: number,
  offset: number,
): User[] {
  const rows = db.all<UserRow>`
    SELECT * FROM users
    WHERE app = ${app} AND (${ids.length} = 0 OR id IN (SELECT value FROM json_each(${JSON.stringify(ids)})))
    ORDER BY id LIMIT ${limit} OFFSET ${offset}`
  return rows.map(toUser)
}

export function countsOf(db: Database, app: string) {
  return db.one<{ users: number; channels: number; messages: number }>`
    SELECT (SELECT count(*) FROM users WHERE app = ${app}) AS users,
      count(*) AS channels, coalesce(sum(message_count), 0) AS messages
    FROM channels WHERE app = ${app}`
}

export function toUser({ custom, id, name, created_at, updated_at }: UserRow) {
  return { ...parseFields(custom), id, name, created_at, updated_at }
}
