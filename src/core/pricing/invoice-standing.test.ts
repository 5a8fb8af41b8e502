import { expect, test } from 'vitest'
import { type InvoiceFate, invoiceStanding } from './invoice-standing.ts'

const invoice: InvoiceFate = {
  total: '100.00',
  payments: [],
  creditNotes: [],
  writtenOff: undefined,
  dueMs: 1000,
}

test.each([
  ['nothing was paid', {}, 999, 'open', '100.00', '0.00'],
  ['a part was paid', { payments: ['40.00', '0.01'] }, 999, 'part-paid', '59.99', '0.00'],
  ['its last day is over', { payments: ['40.00'] }, 1000, 'overdue', '60.00', '0.00'],
  ['it names no last day', { dueMs: undefined }, 1e15, 'open', '100.00', '0.00'],
  ['all was paid', { payments: ['100.00'] }, 1000, 'paid', '0.00', '0.00'],
  [
    'the rest was written off',
    { payments: ['1.00'], writtenOff: '99.00' },
    1000,
    'written-off',
    '0.00',
    '0.00',
  ],
  ['credit notes took it back', { creditNotes: ['60.00', '40.00'] }, 1000, 'credited', '0.00', '0.00'],
  ['paid and credited', { payments: ['100.00'], creditNotes: ['30.00'] }, 1000, 'paid', '0.00', '30.00'],
  ['it asked for nothing', { total: '0.00' }, 1000, 'paid', '0.00', '0.00'],
])('when %s', (_, more, nowMs, status, due, owedBack) => {
  expect(invoiceStanding({ ...invoice, ...more }, nowMs, 2)).toMatchObject({ status, due, owedBack })
})
