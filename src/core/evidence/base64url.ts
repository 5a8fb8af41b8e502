/** Bytes as base64url without padding. */
export function textOf(bytes: Uint8Array): string {
  return bytes.toBase64({ alphabet: 'base64url', omitPadding: true })
}

/** The bytes back. Throws a RangeError for any text but the one that `textOf` gives them. */
export function bytesOf(text: string): Uint8Array<ArrayBuffer> {
  const bytes = decoded(text)
  if (textOf(bytes) !== text) throw new RangeError('it is not base64url without padding')
  return bytes
}

function decoded(text: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.fromBase64(text, { alphabet: 'base64url' })
  } catch (error) {
    throw new RangeError('it is not base64url', { cause: error })
  }
}
