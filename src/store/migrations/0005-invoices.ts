import { type Kysely, PostgresAdapter, sql } from 'kysely'
import type { Migration } from 'kysely/migration'
import { runDdl } from './ddl.ts'

/**
 * What was billed and what became of it. Amounts are decimal text with the currency's minor digits: exact at any
 * size, on both databases. What is final is kept so by the database itself.
 */
export const invoices: Migration = {
  async up(db) {
    await runDdl(db, tables)
    for (const statement of isPostgres(db) ? postgresGuards : sqliteGuards)
      await sql.raw(statement).execute(db)
  },
  async down(db) {
    const names = ['plan_notices', 'leavings', 'invoicing_settings', 'write_offs', 'payments', 'credit_uses']
    const rest = ['credits', 'manual_lines', 'corrections', 'closed_months', 'invoices', 'invoice_numbers']
    for (const name of [...names, ...rest]) await sql.raw(`drop table ${name}`).execute(db)
    if (isPostgres(db)) await sql.raw('drop function refuse_change_of_final_invoice').execute(db)
  },
}

function isPostgres(db: Kysely<unknown>): boolean {
  return db.getExecutor().adapter instanceof PostgresAdapter
}

const tables = [
  `create table invoices (
  id text primary key,
  organization text not null references organizations (id),
  month text not null,
  kind text not null check (kind in ('invoice', 'credit-note')),
  status text not null check (status in ('awaiting-approval', 'final')),
  number text unique,
  corrects text references invoices (id),
  document text not null,
  due_ms integer,
  created_ms integer not null,
  check ((status = 'final') = (number is not null))
) strict`,
  `create unique index one_invoice_a_month on invoices (organization, month) where kind = 'invoice'`,
  `create index invoices_by_organization on invoices (organization, created_ms, id)`,
  `create index invoices_by_age on invoices (created_ms, id)`,
  `create index invoices_by_corrected on invoices (corrects)`,
  `create table invoice_numbers (
  series text primary key,
  last integer not null
) strict, without rowid`,
  `create table closed_months (
  organization text not null references organizations (id),
  month text not null,
  invoice text references invoices (id),
  closed_ms integer not null,
  primary key (organization, month)
) strict, without rowid`,
  `create table corrections (
  invoice text not null references invoices (id),
  month text not null,
  line text not null,
  primary key (invoice, month)
) strict, without rowid`,
  `create table manual_lines (
  id text primary key,
  organization text not null references organizations (id),
  month text not null,
  currency text not null,
  description text not null,
  amount text not null,
  reason text not null,
  author text not null,
  created_ms integer not null
) strict`,
  `create index manual_lines_by_month on manual_lines (organization, month, created_ms)`,
  `create table credits (
  id text primary key,
  organization text not null references organizations (id),
  currency text not null,
  amount text not null,
  reason text not null,
  source text not null,
  author text not null,
  granted_ms integer not null
) strict`,
  `create index credits_by_organization on credits (organization, granted_ms, id)`,
  `create table credit_uses (
  credit text not null references credits (id),
  invoice text not null references invoices (id),
  amount text not null,
  primary key (credit, invoice)
) strict, without rowid`,
  `create index credit_uses_by_invoice on credit_uses (invoice)`,
  `create table payments (
  id text primary key,
  invoice text not null references invoices (id),
  amount text not null,
  at_ms integer not null,
  reference text,
  author text not null,
  created_ms integer not null
) strict`,
  `create index payments_by_invoice on payments (invoice, at_ms)`,
  `create table write_offs (
  invoice text primary key references invoices (id),
  amount text not null,
  reason text not null,
  author text not null,
  at_ms integer not null
) strict`,
  `create table invoicing_settings (
  organization text primary key references organizations (id),
  tax text,
  purchase_order text,
  approval integer not null check (approval in (0, 1))
) strict`,
  `create table leavings (
  organization text primary key references organizations (id),
  at_ms integer not null,
  reason text not null,
  author text not null
) strict`,
  `create table plan_notices (
  id text primary key,
  organization text not null references organizations (id),
  plan text not null,
  because text not null,
  given_ms integer not null,
  ends_ms integer not null,
  subscription text,
  withdrawn_ms integer
) strict`,
  `create index plan_notices_by_organization on plan_notices (organization, given_ms)`,
]

const sqliteGuards = [
  `create trigger final_invoice_is_not_changed before update on invoices when old.status = 'final'
begin select raise(abort, 'a final invoice never changes'); end`,
  `create trigger invoice_is_not_deleted before delete on invoices
begin select raise(abort, 'an invoice is never deleted'); end`,
]

const postgresGuards = [
  `create function refuse_change_of_final_invoice() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' then raise exception 'an invoice is never deleted'; end if;
  if old.status = 'final' then raise exception 'a final invoice never changes'; end if;
  return new;
end $$`,
  `create trigger final_invoice_is_not_changed before update or delete on invoices
for each row execute function refuse_change_of_final_invoice()`,
]
