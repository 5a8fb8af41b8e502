import { X509Certificate, createPrivateKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'

/** Where a certificate lies, as PEM: the chain with the server's own first, and its private key. */
export interface TlsFiles {
  readonly cert: string
  readonly key: string
}

/** A certificate that was read and fits its key. Plain data: it crosses threads as it is, and never reaches a log. */
export interface Certificate {
  readonly cert: string
  readonly key: string
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** A pair of files that cannot be served with; its message names the file and what to do, and shows no key. */
class CertificateError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'CertificateError'
  }
}

/** Reads and checks the pair. Throws a CertificateError. One that has expired is read all the same. */
export function readCertificate(files: TlsFiles): Certificate {
  const cert = readPem(files.cert)
  const key = readPem(files.key)
  const x509 = parsed(() => new X509Certificate(cert), `${files.cert} holds no certificate in PEM form`)
  const privateKey = parsed(
    () => createPrivateKey(key),
    `${files.key} holds no private key in PEM form without a passphrase`,
  )
  if (!x509.checkPrivateKey(privateKey)) {
    throw new CertificateError(
      `${files.key} is not the key of the first certificate in ${files.cert}: name a pair, the server’s own certificate first`,
    )
  }
  try {
    createSecureContext({ cert, key })
  } catch (error) {
    throw new CertificateError(`${files.cert} cannot be served with: ${(error as Error).message}`)
  }
  return {
    cert,
    key,
    notBeforeMs: x509.validFromDate.getTime(),
    notAfterMs: x509.validToDate.getTime(),
  }
}

/** Why clients will refuse the certificate, though it can be served with. */
export function certificateWarning(certificate: Certificate, nowMs: number): string | undefined {
  if (certificate.notAfterMs <= nowMs) return 'the TLS certificate has expired: clients will refuse it'
  if (certificate.notBeforeMs > nowMs) return 'the TLS certificate is not valid yet: clients will refuse it'
  return undefined
}

function readPem(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException
    if (code === 'ENOENT') throw new CertificateError(`there is no file ${file}`)
    if (code === 'EACCES') throw new CertificateError(`this user may not read ${file}`)
    throw new CertificateError(`${file} cannot be read: ${message}`)
  }
}

/** OpenSSL's own words are left out: they name routines, not what is wrong with the file. */
function parsed<T>(parse: () => T, flaw: string): T {
  try {
    return parse()
  } catch {
    throw new CertificateError(flaw)
  }
}
