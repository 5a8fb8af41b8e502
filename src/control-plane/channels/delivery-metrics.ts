import { Counter, Gauge, type Registry } from 'prom-client'

export interface DeliveryMetrics {
  /** An attempt has ended. */
  attempted(channel: 'webhook' | 'mail', result: 'delivered' | 'failed' | 'given-up'): void
  waiting(count: number): void
}

export function createDeliveryMetrics(registry: Registry): DeliveryMetrics {
  const registers = [registry]
  const attempts = new Counter({
    name: 'weir_delivery_attempts_total',
    help: 'Attempts to deliver a webhook or a mail that have ended.',
    labelNames: ['channel', 'result'],
    registers,
  })
  const waiting = new Gauge({
    name: 'weir_deliveries_waiting',
    help: 'Webhooks and mails that wait for their next attempt.',
    registers,
  })
  return {
    attempted: (channel, result) => attempts.inc({ channel, result }),
    waiting: count => waiting.set(count),
  }
}
