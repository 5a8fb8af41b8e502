import type { Migration } from 'kysely/migration'
import { foundation } from './0001-foundation.ts'
import { jobs } from './0003-jobs.ts'
import { terms } from './0004-terms.ts'
import { invoices } from './0005-invoices.ts'

/** Every migration by name, applied in the order of their numbers. One that was released never changes. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-foundation': foundation,
  '0003-jobs': jobs,
  '0004-terms': terms,
  '0005-invoices': invoices,
}
