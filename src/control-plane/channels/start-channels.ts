import type { Kysely } from 'kysely'
import type { BaseLogger } from 'pino'
import type { Registry } from 'prom-client'
import type { Sealer } from '../../identity/sealing.ts'
import type { Schema } from '../../store/schema.ts'
import { attemptWith } from './attempts.ts'
import { createDeliveryMetrics } from './delivery-metrics.ts'
import { startDeliverer } from './deliverer.ts'
import { type Mails, createMails } from './mail.ts'
import { settleWith } from './settle.ts'
import { createWebhookSender } from './webhook-sender.ts'

export interface ChannelOptions {
  readonly db: Kysely<Schema>
  readonly sealer: Sealer
  readonly registry: Registry
  readonly clock: () => number
  readonly realClock: () => number
  readonly log: Pick<BaseLogger, 'warn' | 'error'>
  readonly version: string
  /** Webhooks may go to private addresses, and without TLS. */
  readonly allowPrivate: boolean
  /** undefined: no mail. */
  readonly smtpUrl: string | undefined
  readonly mailFrom: string
  readonly alertAddresses?: readonly string[] | undefined
  /** How long a delivery belongs to this node before another takes it for dead. */
  readonly holdMs?: number
}

/** Everything that goes out by itself: webhooks and mail. */
export interface Channels {
  readonly mails: Mails
  /** Attempts all that is due; it also happens every second. */
  deliverDue(): Promise<void>
  stop(): Promise<void>
}

export function startChannels(options: ChannelOptions): Channels {
  const { db, sealer, registry, clock, realClock, log, version, allowPrivate, smtpUrl, holdMs } = options
  const metrics = createDeliveryMetrics(registry)
  const mails = createMails({ smtpUrl, from: options.mailFrom, alertAddresses: options.alertAddresses, log })
  const sender = createWebhookSender({ allowPrivate, version })
  const deliverer = startDeliverer({
    db,
    attempt: attemptWith({ db, sealer, sender, mails, clock, realClock }),
    settle: settleWith({ db, clock, mails, metrics, log }),
    clock,
    realClock,
    metrics,
    log,
    ...(holdMs !== undefined && { holdMs }),
  })
  return {
    mails,
    deliverDue: () => deliverer.deliverDue(),
    async stop() {
      await deliverer.stop()
      await sender.close()
      mails.close()
    },
  }
}
