/** As much of a browser as checking evidence needs, which it may lack. */
export interface Browser {
  readonly isSecureContext: boolean
  readonly crypto?: { readonly subtle?: Pick<SubtleCrypto, 'generateKey'> }
  readonly Temporal?: unknown
  readonly Uint8Array: { readonly fromBase64?: unknown; readonly prototype: { readonly toHex?: unknown } }
}

const OTHERWISE = 'Or check the file with “weir verify FILE --key KEY”.'

/**
 * Why a file cannot be checked in this browser, in words for whoever opened the page; undefined when it can be. It is
 * written for browsers that are years old, and knows nothing of the modules that check.
 */
export async function whyUnsupported(browser: Browser): Promise<string | undefined> {
  const subtle = browser.crypto?.subtle
  if (!browser.isSecureContext || subtle === undefined) {
    return (
      'This page was opened over plain http, where browsers withhold the cryptography that checking needs. Open it over ' +
      `https, or on the machine that serves it as http://localhost. ${OTHERWISE}`
    )
  }
  const missing = [
    ...(browser.Temporal === undefined ? ['Temporal'] : []),
    ...(browser.Uint8Array.fromBase64 === undefined || browser.Uint8Array.prototype.toHex === undefined
      ? ['Uint8Array.fromBase64 and toHex']
      : []),
    ...((await knowsEd25519(subtle)) ? [] : ['Ed25519 signatures']),
  ]
  if (missing.length === 0) return undefined
  return (
    `This browser does not have ${missing.join(', ')}, which checking needs. Chrome and Edge do from version 144 on, ` +
    `Firefox from 139 on. ${OTHERWISE}`
  )
}

async function knowsEd25519(subtle: Pick<SubtleCrypto, 'generateKey'>): Promise<boolean> {
  try {
    await subtle.generateKey('Ed25519', false, ['sign', 'verify'])
    return true
  } catch (error) {
    if (error instanceof Error && error.name === 'NotSupportedError') return false
    throw error
  }
}
