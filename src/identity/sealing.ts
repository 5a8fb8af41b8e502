import { createCipheriv, createDecipheriv, createHash, createHmac, randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { readOrCreatePrivateFile } from './private-file.ts'

/** Keeps secrets at rest: AES-256-GCM, bound to a context, so a sealed text opens only where it belongs. */
export interface Sealer {
  seal(plaintext: string, context: string): Uint8Array
  /** Throws when the text was sealed with another key, in another context, or was changed. */
  open(sealed: Uint8Array, context: string): string
  /** A secret for a text that only the key's holder can tell: 256 bits, base64url. The same each time, so it is kept nowhere. */
  code(text: string): string
  /** Something the operator should hear about the key file. */
  readonly warning: string | undefined
}

/** The context in which an app's secret is sealed. */
export function appSecretContext(appId: string): string {
  return `app-secret:${appId}`
}

/** The context in which a webhook's secret is sealed. */
export function webhookSecretContext(webhookId: string): string {
  return `webhook-secret:${webhookId}`
}

/** The context in which the secret of a status page's subscriber is sealed. */
export function subscriberSecretContext(subscriberId: string): string {
  return `subscriber-secret:${subscriberId}`
}

export interface SealerOptions {
  readonly dataDir: string
  readonly env: NodeJS.ProcessEnv
  /** Is something sealed already? Then a missing key is a loss, and making another one would hide it. */
  readonly isUsed?: boolean
}

/**
 * The key is `WEIR_SECRET_KEY` (base64 of 32 bytes), or lies in `<dataDir>/secret-key`, made at the first
 * start. Whoever loses it loses the apps' secrets, so it belongs into the backup, apart from the database.
 */
export function openSealer({ dataDir, env, isUsed = false }: SealerOptions): Sealer {
  const given = env['WEIR_SECRET_KEY']
  if (given !== undefined && given !== '') return sealerWith(decodeKey(given, 'WEIR_SECRET_KEY'), undefined)
  const file = join(dataDir, 'secret-key')
  if (isUsed && !existsSync(file)) {
    throw new Error(
      `${file} is gone, and the database holds secrets that were sealed with it. Put it back from the backup, ` +
        'or set WEIR_SECRET_KEY to the key.',
    )
  }
  const { text, warning } = readOrCreatePrivateFile(file, () => randomBytes(KEY_BYTES).toString('base64'))
  return sealerWith(decodeKey(text, file), warning)
}

const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16
/** Enough of the key's hash to tell "another key" from "damaged". */
const KEY_ID_BYTES = 4
/** The layout: version, key id, nonce, ciphertext, tag. */
const VERSION = 1
const HEAD_BYTES = 1 + KEY_ID_BYTES + NONCE_BYTES

function decodeKey(text: string, source: string): Buffer {
  const key = Buffer.from(text, 'base64')
  if (key.length === KEY_BYTES) return key
  throw new Error(
    `${source} must be the base64 of ${KEY_BYTES} bytes, but it holds ${key.length}. ` +
      'Make one with: openssl rand -base64 32',
  )
}

function sealerWith(key: Buffer, warning: string | undefined): Sealer {
  const keyId = createHash('sha256').update('weir-key-id').update(key).digest().subarray(0, KEY_ID_BYTES)
  return {
    warning,
    seal(plaintext, context) {
      const nonce = randomBytes(NONCE_BYTES)
      const cipher = createCipheriv('aes-256-gcm', key, nonce).setAAD(Buffer.from(context))
      const body = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()])
      return Buffer.concat([Buffer.of(VERSION), keyId, nonce, body, cipher.getAuthTag()])
    },
    code: text => createHmac('sha256', key).update(`weir-code:${text}`).digest('base64url'),
    open(sealed, context) {
      const bytes = Buffer.from(sealed)
      refuseForeign(bytes, keyId)
      const nonce = bytes.subarray(1 + KEY_ID_BYTES, HEAD_BYTES)
      const decipher = createDecipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES })
      decipher.setAAD(Buffer.from(context)).setAuthTag(bytes.subarray(-TAG_BYTES))
      return decipherText(decipher, bytes.subarray(HEAD_BYTES, -TAG_BYTES), context)
    },
  }
}

function refuseForeign(bytes: Buffer, keyId: Buffer): void {
  if (bytes[0] !== VERSION || bytes.length < HEAD_BYTES + TAG_BYTES) {
    throw new Error('This is no sealed text of this Weir; a newer one may have written it.')
  }
  const sealedBy = bytes.subarray(1, 1 + KEY_ID_BYTES)
  if (sealedBy.equals(keyId)) return
  throw new Error(
    `This was sealed with another key (${sealedBy.toString('hex')}; the one in use is ${keyId.toString('hex')}). ` +
      'Set WEIR_SECRET_KEY to the key it was sealed with, or put back the file secret-key of the data directory.',
  )
}

function decipherText(decipher: ReturnType<typeof createDecipheriv>, body: Buffer, context: string): string {
  try {
    return Buffer.concat([decipher.update(body), decipher.final()]).toString('utf8')
  } catch (error) {
    throw new Error(
      `The sealed text of "${context}" was changed, or belongs elsewhere. Restore the database from a backup.`,
      { cause: error },
    )
  }
}
