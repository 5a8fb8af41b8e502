import { createHmac } from 'node:crypto'
import type { EvidenceSigner } from './evidence-file.ts'

/**
 * What the salts of one organization's month come from. It goes to the thread that packs the month, and the key that
 * signs does not.
 */
export function monthSecret(
  signer: Pick<EvidenceSigner, 'saltOf'>,
  { organizationId, month }: { readonly organizationId: string; readonly month: string },
): string {
  return signer.saltOf(`${organizationId}/${month}`)
}

/** The salt of an app's day, hex: whoever is shown one learns nothing of the others. */
export function daySalt(secret: string, app: string, date: string): string {
  return createHmac('sha256', secret).update(`${app}/${date}`).digest('hex')
}
