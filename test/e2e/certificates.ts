import { generateKeyPairSync, sign } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** A self-signed certificate for `localhost`, 127.0.0.1 and ::1, as PEM. */
export interface TestCertificate {
  readonly cert: string
  readonly key: string
}

export interface Validity {
  readonly from: Date
  readonly to: Date
}

const DAY_MS = 86_400_000

/** Makes one by hand (RFC 5280, 4.1), so that tests need no program and may choose any dates. */
export function makeCertificate(serial: number, validity?: Validity): TestCertificate {
  const { from, to } = validity ?? { from: new Date(Date.now() - DAY_MS), to: new Date(Date.now() + DAY_MS) }
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  const name = sequence(der(0x31, sequence(COMMON_NAME, der(0x0c, Buffer.from(`weir ${serial}`)))))
  const toBeSigned = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, Buffer.from([serial])),
    ECDSA_WITH_SHA256,
    name,
    sequence(time(from), time(to)),
    name,
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(sequence(SUBJECT_ALT_NAME, der(0x04, alternativeNames())))),
  )
  const signature = Buffer.concat([Buffer.from([0]), sign('sha256', toBeSigned, privateKey)])
  const whole = sequence(toBeSigned, ECDSA_WITH_SHA256, der(0x03, signature))
  const base64 = whole
    .toString('base64')
    .match(/.{1,64}/g)!
    .join('\n')
  return {
    cert: `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`,
    key: privateKey.export({ type: 'pkcs8', format: 'pem' }),
  }
}

/** The files of a certificate, in a folder of a test's own. */
export interface CertificateFiles {
  readonly folder: string
  readonly certFile: string
  readonly keyFile: string
  write(certificate: TestCertificate): void
  remove(): void
}

export function certificateFiles(certificate: TestCertificate): CertificateFiles {
  const folder = mkdtempSync(join(tmpdir(), 'weir-tls-'))
  const certFile = join(folder, 'cert.pem')
  const keyFile = join(folder, 'key.pem')
  function write({ cert, key }: TestCertificate): void {
    writeFileSync(certFile, cert)
    writeFileSync(keyFile, key)
  }
  write(certificate)
  return { folder, certFile, keyFile, write, remove: () => rmSync(folder, { recursive: true, force: true }) }
}

const COMMON_NAME = Buffer.from('0603550403', 'hex')
const SUBJECT_ALT_NAME = Buffer.from('0603551d11', 'hex')
const ECDSA_WITH_SHA256 = Buffer.from('300a06082a8648ce3d040302', 'hex')

function alternativeNames(): Buffer {
  const ipv6 = Buffer.alloc(16)
  ipv6[15] = 1
  return sequence(
    der(0x82, Buffer.from('localhost')),
    der(0x87, Buffer.from([127, 0, 0, 1])),
    der(0x87, ipv6),
  )
}

/** GeneralizedTime, to the second. */
function time(date: Date): Buffer {
  const digits = date.toISOString().replaceAll(/[-:T]|\..*$/g, '')
  return der(0x18, Buffer.from(`${digits}Z`))
}

function sequence(...parts: Buffer[]): Buffer {
  return der(0x30, Buffer.concat(parts))
}

function der(tag: number, content: Buffer): Buffer {
  const { length } = content
  const size = length < 0x80 ? [length] : length < 0x100 ? [0x81, length] : [0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from([tag, ...size]), content])
}
