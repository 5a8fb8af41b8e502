import type { Proofs } from './read-file.ts'

/** The part of WebCrypto that checking needs: a browser's `crypto.subtle`, or that of Node.js. */
export interface Subtle {
  digest(algorithm: 'SHA-256', data: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer>
  importKey(
    format: 'raw',
    key: Uint8Array<ArrayBuffer>,
    algorithm: 'Ed25519',
    extractable: boolean,
    usages: ['verify'],
  ): Promise<CryptoKey>
  verify(
    algorithm: 'Ed25519',
    key: CryptoKey,
    signature: Uint8Array<ArrayBuffer>,
    data: Uint8Array<ArrayBuffer>,
  ): Promise<boolean>
}

/** SHA-256 and Ed25519 as WebCrypto does them. */
export function webProofs(subtle: Subtle): Proofs {
  return {
    hash: async bytes => new Uint8Array(await subtle.digest('SHA-256', bytes)),
    async verify(publicKey, signature, message) {
      const key = await subtle.importKey('raw', publicKey, 'Ed25519', false, ['verify'])
      return subtle.verify('Ed25519', key, signature, message)
    },
  }
}
