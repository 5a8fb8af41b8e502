import { bytesOf } from './base64url.ts'
import { type Break, shown } from './break.ts'
import type { JsonObject } from './canonical-json.ts'

/** Ed25519; whoever calls brings it. The key has 32 bytes, the signature 64. */
export type VerifySignature = (
  publicKey: Uint8Array<ArrayBuffer>,
  signature: Uint8Array<ArrayBuffer>,
  message: Uint8Array<ArrayBuffer>,
) => boolean | Promise<boolean>

/** What is signed of a head. The words before it keep a signature made for anything else from fitting. */
export function signedMessage(head: string): Uint8Array<ArrayBuffer> {
  return new TextEncoder().encode(`weir evidence 1\n${head}\n`)
}

/** The last line of a file, before it is written. Key and signature are base64url. */
export interface SignatureRecord extends JsonObject {
  readonly kind: 'signature'
  readonly head: string
  readonly publicKey: string
  readonly signature: string
}

/** What is wrong with the signature of `head`; empty when it holds. */
export async function signatureBreaks(
  { value, line, head }: { readonly value: JsonObject; readonly line: number; readonly head: string },
  verify: VerifySignature,
): Promise<Break[]> {
  const names = Object.keys(value).toSorted().join(', ')
  if (value['kind'] !== 'signature' || names !== 'head, kind, publicKey, signature') {
    const expected = 'the signature: head, kind, publicKey, signature'
    return [{ line, field: 'the line', expected, found: `${shown(value['kind'])}: ${shown(names)}` }]
  }
  if (value['head'] !== head) return [{ line, field: 'head', expected: head, found: shown(value['head']) }]
  const publicKey = bytesIn(value['publicKey'], 32)
  if (publicKey === undefined) return [wrongForm(line, value, 'publicKey', 32)]
  const signature = bytesIn(value['signature'], 64)
  if (signature === undefined) return [wrongForm(line, value, 'signature', 64)]
  if (await verify(publicKey, signature, signedMessage(head))) return []
  const expected = `a signature of the head by ${shown(value['publicKey'])}`
  return [{ line, field: 'signature', expected, found: `${shown(value['signature'])}, which is none` }]
}

function wrongForm(line: number, value: JsonObject, field: string, bytes: number): Break {
  return { line, field, expected: `base64url of ${bytes} bytes`, found: shown(value[field]) }
}

function bytesIn(value: unknown, length: number): Uint8Array<ArrayBuffer> | undefined {
  if (typeof value !== 'string') return undefined
  try {
    const bytes = bytesOf(value)
    return bytes.length === length ? bytes : undefined
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
