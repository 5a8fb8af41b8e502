import { type Kysely, sql } from 'kysely'
import type { Schema } from './schema.ts'

/** The schema as SQLite keeps it, a statement an entry. */
export async function sqliteStatements(db: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ sql: string }>`
    select sql from sqlite_schema
    where sql is not null and name not like 'kysely_%' and name not like 'sqlite_%'
    order by tbl_name, type desc, name
  `.execute(db)
  return rows.map(row => row.sql)
}

/** Every column, index and reference of SQLite's, a line each: the order of columns is of no matter. */
export async function sqliteLines(db: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select t.name || ' strict ' || t.strict || ' without rowid ' || t.wr as line
      from pragma_table_list t where t.type = 'table' and t.name not like 'sqlite_%'
    union all
    select t.name || '.' || c.name || ' ' || c.type || ' not null ' || c."notnull" || ' key ' || c.pk
        || ' default ' || coalesce(c.dflt_value, '')
      from pragma_table_list t, pragma_table_info(t.name) c where t.type = 'table' and t.name not like 'sqlite_%'
    union all
    select t.name || '.' || f."from" || ' references ' || f."table" || '.' || coalesce(f."to", '')
      from pragma_table_list t, pragma_foreign_key_list(t.name) f where t.type = 'table'
    union all
    select t.name || ' index ' || i.origin || ' unique ' || i."unique" || ' on ' ||
        (select group_concat(name) from pragma_index_info(i.name))
      from pragma_table_list t, pragma_index_list(t.name) i where t.type = 'table'
    order by 1
  `.execute(db)
  return rows.map(row => row.line)
}

/** Every column, constraint and index of Postgres', a line each, made from its catalog. */
export async function postgresLines(db: Kysely<Schema>): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select line from (
      select c.relname as relation, 1 as kind, c.relname || '.' || a.attname || ' '
          || format_type(a.atttypid, a.atttypmod)
          || case when l.collname <> 'default' then ' collate ' || l.collname else '' end
          || case when a.attnotnull then ' not null' else '' end
          || case when a.attidentity <> '' then ' numbers itself' else '' end
          || coalesce(' default ' || pg_get_expr(d.adbin, d.adrelid), '') as line
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
        left join pg_collation l on l.oid = a.attcollation
        left join pg_attrdef d on d.adrelid = c.oid and d.adnum = a.attnum
        where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace
      union all
      select c.relname, 2, c.relname || ': ' || pg_get_constraintdef(k.oid)
        from pg_constraint k join pg_class c on c.oid = k.conrelid
        where c.relnamespace = current_schema()::regnamespace and k.contype in ('p', 'u', 'c', 'f')
      union all
      select c.relname, 3, pg_get_indexdef(i.indexrelid)
        from pg_index i join pg_class c on c.oid = i.indrelid
        where c.relnamespace = current_schema()::regnamespace
    ) lines
    where relation not like 'kysely_%'
    order by relation collate "C", kind, line collate "C"
  `.execute(db)
  return rows.map(row => row.line)
}
