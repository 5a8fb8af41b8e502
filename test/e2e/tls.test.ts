import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:https'
import { connect as connectTcp } from 'node:net'
import { join } from 'node:path'
import { type TLSSocket, connect } from 'node:tls'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type CertificateFiles, certificateFiles, makeCertificate } from './certificates.ts'
import { type TestUpstream, chatContract, eventually, startUpstream } from './harness.ts'
import { type WeirProcess, addressesOf, startProcess } from './process.ts'

const DAY_MS = 86_400_000
const [first, second] = [makeCertificate(1), makeCertificate(2)]
/** Every test trusts both. */
const ca = [first.cert, second.cert]
let upstream: TestUpstream
let files: CertificateFiles
let weir: WeirProcess | undefined

beforeAll(async () => {
  upstream = await startUpstream()
})
beforeEach(() => {
  files = certificateFiles(first)
})
afterEach(async () => {
  await weir?.end()
  weir = undefined
  files.remove()
})
afterAll(() => upstream.close())

function serve(...more: string[]): WeirProcess {
  const contract = join(files.folder, 'contract.yaml')
  writeFileSync(contract, chatContract)
  const args = ['--contract', contract, '--data', join(files.folder, 'data'), '--upstream', upstream.url]
  weir = startProcess(['serve', ...args, '--port', '0', '--control-port', '0', '--threads', '2', ...more])
  return weir
}

const serveTls = () => serve('--tls-cert', files.certFile, '--tls-key', files.keyFile)

/** A connection that stands; rejects with what the handshake failed of. */
async function handshake(gateway: string, options: object = {}): Promise<TLSSocket> {
  const socket = connect({ port: Number(new URL(gateway).port), host: '127.0.0.1', ca, ...options })
  await once(socket, 'secureConnect')
  socket.on('error', () => socket.destroy())
  return socket
}

async function serialOf(gateway: string): Promise<string> {
  const socket = await handshake(gateway)
  const { serialNumber } = socket.getPeerCertificate()
  socket.destroy()
  return serialNumber
}

/** The serial numbers that ten connections get, so that every thread is met. */
async function serials(gateway: string): Promise<Set<string>> {
  return new Set(await Promise.all(Array.from({ length: 10 }, () => serialOf(gateway))))
}

const isOnly = (serial: string) => (seen: Set<string>) => seen.size === 1 && seen.has(serial)

/** Asks something on a connection that stands; what Weir refuses is an answer too. */
async function ask(socket: TLSSocket): Promise<string> {
  socket.write('GET /app HTTP/1.1\r\nhost: localhost\r\n\r\n')
  const [answer] = (await once(socket, 'data')) as [Buffer]
  return answer.toString()
}

describe('weir serve with a certificate', () => {
  it('speaks TLS 1.2 and 1.3, offers h2 and http/1.1, and says https', async () => {
    const { gateway } = await addressesOf(serveTls())
    expect(gateway).toMatch(/^https:/)
    for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
      const socket = await handshake(gateway, { minVersion: version, maxVersion: version })
      expect(socket.getProtocol()).toBe(version)
      expect(await ask(socket)).toContain('missing-api-key')
      socket.destroy()
    }
    for (const [offered, chosen] of [
      [['h2', 'http/1.1'], 'h2'],
      [['http/1.1'], 'http/1.1'],
      [[], false],
    ]) {
      const socket = await handshake(gateway, { ALPNProtocols: offered })
      expect(socket.alpnProtocol).toBe(chosen)
      socket.destroy()
    }
    const old = handshake(gateway, {
      minVersion: 'TLSv1',
      maxVersion: 'TLSv1.1',
      ciphers: 'DEFAULT@SECLEVEL=0',
    })
    await expect(old).rejects.toThrow(/version|protocol/i)
    await expect(handshake(gateway, { ALPNProtocols: ['spdy/1'] })).rejects.toThrow()
  })

  it('cuts off plain HTTP and plain HTTP/2, and goes on', async () => {
    const { gateway } = await addressesOf(serveTls())
    for (const bytes of ['GET /app HTTP/1.1\r\nhost: x\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']) {
      const socket = connectTcp(Number(new URL(gateway).port), '127.0.0.1')
      let received = ''
      socket.on('data', chunk => (received += chunk.toString('latin1'))).on('error', () => socket.destroy())
      socket.write(bytes)
      await once(socket, 'close')
      expect(received).not.toContain('HTTP')
    }
    expect(await serialOf(gateway)).toBe('01')
  })

  it('takes another certificate on SIGHUP, in every thread, and connections that stand go on', async () => {
    const { gateway, control } = await addressesOf(serveTls())
    const standing = await handshake(gateway)
    await ask(standing)
    files.write(second)
    weir!.child.kill('SIGHUP')
    await eventually(() => serials(gateway), isOnly('02'), 60_000)
    expect(standing.getPeerCertificate().serialNumber).toBe('01')
    expect(await ask(standing)).toContain('missing-api-key')
    standing.destroy()
    const metrics = await (await fetch(`${control}/metrics`)).text()
    const [, notAfter] = /certificate_not_after_seconds\{port="gateway"\} (\d+)/.exec(metrics)!
    expect(Math.abs(Number(notAfter) * 1000 - Date.now() - DAY_MS)).toBeLessThan(600_000)
  })

  it('takes another certificate when its files change; a pair that does not fit is logged and not taken', async () => {
    const { gateway } = await addressesOf(serveTls())
    writeFileSync(files.certFile, second.cert)
    await weir!.shows(/the one in use stays/)
    expect(await serials(gateway)).toEqual(new Set(['01']))
    writeFileSync(files.keyFile, second.key)
    await weir!.shows(/another TLS certificate is in use/)
    await eventually(() => serials(gateway), isOnly('02'), 60_000)
    for (const line of second.key.split('\n').slice(1, -2)) expect(weir!.stdout()).not.toContain(line)
  })

  it('warns of one that has expired, and serves with it', async () => {
    const times = { from: new Date(Date.now() - 2 * DAY_MS), to: new Date(Date.now() - DAY_MS) }
    files.write(makeCertificate(3, times))
    const { gateway } = await addressesOf(serveTls())
    expect(weir!.stdout()).toContain('the TLS certificate has expired')
    const refused = new Promise((_, reject) =>
      get(`${gateway}/app`, { ca: readFileSync(files.certFile) }).on('error', reject),
    )
    await expect(refused).rejects.toThrow(/expired/)
  })
})

describe('weir serve says what is wrong with', () => {
  const otherKey = () => writeFileSync(files.keyFile, second.key)
  const garbled = () => writeFileSync(files.certFile, 'no certificate')
  const locked = () =>
    writeFileSync(
      files.keyFile,
      '-----BEGIN ENCRYPTED PRIVATE KEY-----\nMIIB\n-----END ENCRYPTED PRIVATE KEY-----\n',
    )
  it.each<[string, () => void, ('cert' | 'key')[], RegExp]>([
    [
      'a certificate without a key',
      () => {},
      ['cert'],
      /--tls-cert stands alone: name its key with --tls-key/,
    ],
    ['a key without a certificate', () => {}, ['key'], /--tls-key stands alone/],
    ['a file that is not there', () => rmSync(files.keyFile), ['cert', 'key'], /there is no file .*key\.pem/],
    [
      'a key of another certificate',
      otherKey,
      ['cert', 'key'],
      /key\.pem is not the key of the first certificate in/,
    ],
    ['a certificate that is none', garbled, ['cert', 'key'], /cert\.pem holds no certificate in PEM form/],
    [
      'a key that is locked',
      locked,
      ['cert', 'key'],
      /key\.pem holds no private key .* without a passphrase/,
    ],
  ])('%s', async (_, spoil, flags, message) => {
    spoil()
    const named = { cert: files.certFile, key: files.keyFile }
    const wrong = serve(...flags.flatMap(flag => [`--tls-${flag}`, named[flag]]))
    expect(await wrong.ended).toBe(1)
    expect(wrong.stderr()).toMatch(message)
    expect(wrong.stderr().trim().split('\n')).toHaveLength(1)
    expect(wrong.stderr()).not.toContain('PRIVATE KEY')
  })
})
