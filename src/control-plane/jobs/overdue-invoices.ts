import type { Transaction } from 'kysely'
import { addAuditEntry } from '../../store/audit.ts'
import { addDueCheck, passedDueDays } from '../../store/due-checks.ts'
import { findInvoice } from '../../store/invoices.ts'
import type { Schema } from '../../store/schema.ts'
import { historyOf } from '../api/invoice-history.ts'
import type { Mails } from '../channels/mail.ts'
import { WEIR } from '../invoicing/issue.ts'
import { tellOverdue } from '../invoicing/tell-invoice.ts'
import type { Job } from './job-runner.ts'

/** Few enough that finding them holds up nobody. */
const A_STEP = 500

/**
 * Once a day, since due days end at midnight (UTC): each invoice whose last day to pay is over is looked at once, and
 * told of if something is still due on it. Once is enough, but where a payment is taken back: that has it looked at again.
 */
export function overdueJob(mails: Mails): Job {
  return {
    name: 'overdue-invoices',
    forgetful: true,
    periods: (_db, nowMs) => [new Date(nowMs).toISOString().slice(0, 10)],
    async run(_period, step) {
      for (;;) {
        const ids = await step((trx, nowMs) => passedDueDays(trx, nowMs, A_STEP))
        for (const id of ids) await step((trx, nowMs) => lookAt(trx, mails, id, nowMs))
        if (ids.length < A_STEP) return
      }
    },
  }
}

async function lookAt(trx: Transaction<Schema>, mails: Mails, id: string, nowMs: number): Promise<void> {
  await addDueCheck(trx, id, nowMs)
  const invoice = await findInvoice(trx, id)
  if (invoice === undefined) return
  const { standing } = await historyOf(trx, invoice, nowMs)
  if (standing.status !== 'overdue') return
  await tellOverdue(trx, mails, invoice, standing, nowMs)
  const { organizationId, document } = invoice
  const details = { number: document.number, due: standing.due, currency: document.currency.code }
  const told = { atMs: nowMs, actor: WEIR, subject: id, organizationId, details }
  await addAuditEntry(trx, { ...told, action: 'invoice.overdue' })
}
