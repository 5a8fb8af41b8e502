/**
 * Everything Weir tells the outside, a sentence each: what happened, as a webhook receives it. `docs/webhooks.md`
 * repeats the table, and a test keeps the two equal.
 */
export const eventTypes = {
  'app.resumed': 'A suspended app answers again.',
  'app.suspended': 'An app was suspended; its requests are answered with 403.',
  'budget.burning': 'A customer is down so often that what its SLA allows is being used up fast.',
  'budget.exhausted': 'A customer’s down time has reached what its SLA allows in the month.',
  'credit.granted': 'Money back was granted; it lowers the next invoice.',
  'incident.opened': 'An outage is being looked into; the whole platform, or a component of it.',
  'incident.resolved': 'An incident is over, or was merged into another one.',
  'incident.updated': 'There is news of an incident.',
  'invoice.closed': 'An invoice is final and has its number.',
  'invoice.overdue': 'An invoice was not paid by its due date.',
  'invoice.paid': 'An invoice is paid in full.',
  'invoice.unpaid': 'A payment was taken back, and an invoice that was paid no longer is.',
  'maintenance.announced': 'Work was announced; an extension of a window is announced by itself.',
  'maintenance.cancelled': 'Announced work does not take place, or ended early.',
  'plan.not-eligible': 'A customer no longer meets what its plan asks for.',
  'recording.resumed': 'Records of the gateway arrive again, or are expected no more.',
  'recording.silent': 'No records have arrived for two minutes: of one gateway node, or of all.',
  'status.confirm': 'Someone asked that this address be told of incidents; it goes to that address alone.',
  'subscription.changed': 'A plan was chosen, for now or for later.',
  'terms.agreed': 'Terms were agreed with one customer, for now or for later.',
  'usage.threshold': 'Usage has reached a share of what is included, or of a limit.',
  'webhook.disabled': 'Weir stopped sending to a webhook that failed for too long or said that it is gone.',
  'webhook.test': 'Someone asked for a test; it goes to that webhook alone, whatever it listens to.',
} as const satisfies Record<string, string>

export type EventType = keyof typeof eventTypes

/** Those a webhook can listen to. */
export type ListenedType = Exclude<EventType, 'webhook.test' | 'status.confirm'>

export const listenedTypes = Object.keys(eventTypes).filter(
  (type): type is ListenedType => type !== 'webhook.test' && type !== 'status.confirm',
)
