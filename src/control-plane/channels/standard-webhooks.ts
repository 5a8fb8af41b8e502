import { createHmac, randomBytes } from 'node:crypto'

/** What the Standard Webhooks specification (1.0.0) says of secrets and signatures. */

const SECRET_PREFIX = 'whsec_'
/** The specification asks for 24 to 64 bytes. */
const SECRET_BYTES = 32

export function newWebhookSecret(): string {
  return SECRET_PREFIX + randomBytes(SECRET_BYTES).toString('base64')
}

/** The header fields that prove who sent `body`: one signature for each secret, so that secrets can change. */
export function signedFields(
  message: { readonly id: string; readonly sentAtMs: number; readonly body: string },
  secrets: readonly string[],
): Record<'webhook-id' | 'webhook-timestamp' | 'webhook-signature', string> {
  const { id, body } = message
  const seconds = Math.floor(message.sentAtMs / 1000)
  const signatures = secrets.map(secret => {
    const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64')
    return `v1,${createHmac('sha256', key).update(`${id}.${seconds}.${body}`).digest('base64')}`
  })
  return {
    'webhook-id': id,
    'webhook-timestamp': String(seconds),
    'webhook-signature': signatures.join(' '),
  }
}
