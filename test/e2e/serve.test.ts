import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { type Server, createServer } from 'node:net'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chatContract, eventually, signToken, startUpstream, type TestUpstream } from './harness.ts'
import { addressesOf, startProcess, type WeirProcess } from './process.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
let folder: string
let contract: string
let upstream: TestUpstream
/** Answers of the upstream that are held back until the test lets them go. */
let held: (() => void)[] = []
/** Kills what a test that failed has left running. */
const leftovers: (() => void)[] = []

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'weir-serve-'))
  contract = join(folder, 'contract.yaml')
  writeFileSync(contract, chatContract)
  upstream = await startUpstream((request, response) => {
    request.resume()
    const answer = () => response.end('done')
    if (request.url === '/search') held.push(answer)
    else answer()
  })
})

afterAll(async () => {
  for (const kill of leftovers) kill()
  await upstream.close()
  rmSync(folder, { recursive: true, force: true })
})

function serve(data: string, ...more: string[]): WeirProcess {
  const ports = ['--port', '0', '--control-port', '0', '--threads', '2']
  const files = ['--data', join(folder, data), '--upstream', upstream.url]
  const weir = startProcess(['serve', ...files, ...ports, ...more])
  leftovers.push(() => weir.child.kill('SIGKILL'))
  return weir
}

/** Ends a process and all that it has started: it was started as the leader of a group. */
function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error
  }
}

async function newApp(control: string, data: string) {
  const token = readFileSync(join(folder, data, 'operator-token'), 'utf8').trim()
  const post = async (path: string, body: object) => {
    const response = await fetch(control + path, {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    expect(response.status).toBe(201)
    return (await response.json()) as { id: string; apiKey: string; secret: string }
  }
  const organization = await post('/api/organizations', { name: 'Test', plan: 'start' })
  const app = await post(`/api/organizations/${organization.id}/apps`, { name: 'App' })
  const authorization = await signToken({ user_id: 'ann' }, app.secret)
  return { ...app, headers: { 'x-api-key': app.apiKey, authorization } }
}

/** Asks until the app is known to the thread that answers; ten times, so that every thread was met. */
async function untilKnown(gateway: string, headers: Record<string, string>): Promise<void> {
  const statuses = () => Promise.all(Array.from({ length: 10 }, () => statusOf(`${gateway}/app`, headers)))
  await eventually(statuses, all => all.every(status => status === 200), 2000)
}

async function statusOf(url: string, headers: Record<string, string>): Promise<number> {
  const response = await fetch(url, { headers: { ...headers, connection: 'close' } })
  await response.text()
  return response.status
}

describe('weir serve', () => {
  it('shows a new operator token once, keeps it in a file of mode 600, and starts again from what it stored', async () => {
    const first = serve('again', '--contract', contract)
    const { control, gateway } = await addressesOf(first)
    const token = readFileSync(join(folder, 'again', 'operator-token'), 'utf8').trim()
    expect(statSync(join(folder, 'again', 'operator-token')).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'again', 'secret-key')).mode & 0o777).toBe(0o600)
    expect(statSync(join(folder, 'again', 'weir.db')).mode & 0o777).toBe(0o600)
    expect(first.stderr()).toContain(token)
    const app = await newApp(control, 'again')
    await untilKnown(gateway, app.headers)
    expect(await first.end()).toBe(0)

    const second = serve('again')
    const addresses = await addressesOf(second)
    expect(await statusOf(`${addresses.gateway}/app`, app.headers)).toBe(200)
    expect(await second.end('SIGINT')).toBe(0)
    expect(second.stdout() + second.stderr()).not.toContain(token)
  })

  it('on SIGTERM stops accepting, finishes what runs and exits with 0', async () => {
    const weir = serve('drain', '--contract', contract)
    const { control, gateway } = await addressesOf(weir)
    expect((await fetch(`${control}/readyz`)).status).toBe(200)
    const app = await newApp(control, 'drain')
    await untilKnown(gateway, app.headers)
    held = []
    const running = fetch(`${gateway}/search`, { headers: app.headers })
    await eventually(
      async () => held.length,
      count => count === 1,
      2000,
    )
    const ended = weir.end()
    await weir.shows(/finishing what runs/)
    const refused = () =>
      fetch(`${gateway}/app`).then(
        () => false,
        () => true,
      )
    await eventually(refused, isRefused => isRefused, 2000)
    held[0]!()
    const response = await running
    expect([response.status, await response.text()]).toEqual([200, 'done'])
    expect(await ended).toBe(0)
  })

  it('after a kill -9 serves again from what it stored, and what was recorded is there', async () => {
    const first = serve('killed', '--contract', contract)
    const { control, gateway } = await addressesOf(first)
    const app = await newApp(control, 'killed')
    await untilKnown(gateway, app.headers)
    const metrics = async () => (await fetch(`${control}/metrics`)).text()
    await eventually(metrics, text => /outcome="served"\} \d/.test(text), 3000)
    await eventually(metrics, text => text.includes('weir_recording_waiting_rows 0'), 3000)
    expect(await first.end('SIGKILL')).toBe('SIGKILL')
    const second = serve('killed')
    expect(await statusOf(`${(await addressesOf(second)).gateway}/app`, app.headers)).toBe(200)
    expect(await second.end()).toBe(0)
  })

  it('reads the contract again on SIGHUP, and keeps the old one if the new has mistakes', async () => {
    const own = join(folder, 'hup.yaml')
    // It is asked often until the change is seen.
    const calm = chatContract.replace('burst: { divisor: 30 }', 'burst: off')
    writeFileSync(own, calm)
    const weir = serve('hup', '--contract', own)
    const { control, gateway } = await addressesOf(weir)
    const app = await newApp(control, 'hup')
    await untilKnown(gateway, app.headers)
    const limit = async () =>
      (await fetch(`${gateway}/app`, { headers: app.headers })).headers.get('x-ratelimit-limit')
    expect(await limit()).toBe('1000')
    writeFileSync(own, calm.replace('default: 1000', 'default: 900'))
    weir.child.kill('SIGHUP')
    await eventually(limit, now => now === '900', 60_000)
    writeFileSync(own, calm.replace('default: 1000', 'default: none'))
    weir.child.kill('SIGHUP')
    await weir.shows(/the contract was not reloaded/)
    expect(await limit()).toBe('900')
    expect(await weir.end()).toBe(0)
  })

  it('prints every mistake of a contract and exits with 1, leaving no server behind', async () => {
    const broken = join(folder, 'broken.yaml')
    writeFileSync(broken, chatContract.replace('burst:', 'brust:').replace('divisor: 30', 'divisor: 0'))
    const weir = serve('broken', '--contract', broken)
    expect(await weir.ended).toBe(1)
    expect(weir.stderr()).toMatch(/broken\.yaml:46:3: unknown key `limits\.brust`; did you mean `burst`\?/)
    expect(weir.stdout()).not.toContain('weir serves')
  })

  it.each([
    ['no contract at all', [], /no contract yet: name one with --contract FILE/],
    [
      'a contract that is not there',
      ['--contract', '/nowhere/c.yaml'],
      /there is no file \/nowhere\/c\.yaml/,
    ],
    ['an upstream that is no address', ['--upstream', 'localhost:4000'], /"localhost:4000" is no http/],
    ['a port that is none', ['--port', '99999'], /whole number from 0 to 65535/],
    ['an unknown flag', ['--prot', '1'], /unknown option '--prot'/],
  ])('says what to do about %s', async (_, args, message) => {
    const weir = serve('nothing', ...args)
    expect(await weir.ended).toBe(1)
    expect(weir.stderr()).toMatch(message)
  })

  it('refuses a port that something listens on, though threads share it', async () => {
    const taken: Server = createServer()
    await new Promise<void>(resolve => taken.listen(0, '127.0.0.1', resolve))
    const { port } = taken.address() as AddressInfo
    for (const flag of ['--port', '--control-port']) {
      const weir = serve('taken', '--contract', contract, flag, String(port))
      expect(await weir.ended).toBe(1)
      expect(weir.stderr()).toContain(`cannot listen on 127.0.0.1:${port}: something listens there already`)
    }
    await new Promise(resolve => taken.close(resolve))
  })

  it('refuses a data directory on which another Weir runs, and takes it over once that has ended', async () => {
    const first = serve('shared', '--contract', contract)
    await addressesOf(first)
    const second = serve('shared', '--contract', contract)
    expect(await second.ended).toBe(1)
    expect(second.stderr()).toContain(`another Weir (process ${first.child.pid}) runs on`)
    await first.end('SIGKILL')
    const third = serve('shared')
    await addressesOf(third)
    expect(await third.end()).toBe(0)
  })

  it('does not make another secret key when the one that sealed the secrets is gone', async () => {
    const first = serve('keyless', '--contract', contract)
    await newApp((await addressesOf(first)).control, 'keyless')
    await first.end()
    rmSync(join(folder, 'keyless', 'secret-key'))
    const second = serve('keyless')
    expect(await second.ended).toBe(1)
    expect(second.stderr()).toMatch(/secret-key is gone, and the database holds secrets/)
    expect(existsSync(join(folder, 'keyless', 'secret-key'))).toBe(false)
  })

  it.each([
    ['a short operator token', { WEIR_OPERATOR_TOKEN: 'short' }, /must have at least 16 characters/],
    ['a secret key that is none', { WEIR_SECRET_KEY: 'abc' }, /must be the base64 of 32 bytes/],
    ['a data directory that is a file', { WEIR_DATA: '/etc/hostname' }, /hostname/],
  ])('says in one line what is wrong with %s', async (_, more, message) => {
    const env = { WEIR_CONTRACT: contract, WEIR_DATA: join(folder, 'wrong'), WEIR_PORT: '0', ...more }
    const weir = startProcess(['serve'], env)
    expect(await weir.ended).toBe(1)
    expect(weir.stderr()).toMatch(message)
    expect(weir.stderr().trim().split('\n')).toHaveLength(1)
  })

  it('ends in order when SIGTERM comes twice at once, and through npm too', async () => {
    const weir = serve('twice', '--contract', contract)
    await addressesOf(weir)
    weir.child.kill('SIGTERM')
    weir.child.kill('SIGINT')
    expect(await weir.ended).toBe(0)
    expect(weir.stdout()).toContain('weir ended')

    const data = join(folder, 'npm')
    const args = [
      'run',
      '-s',
      'weir',
      '--',
      'serve',
      '--contract',
      contract,
      '--data',
      data,
      '--upstream',
      upstream.url,
    ]
    const ports = ['--port', '0', '--control-port', '0']
    const npm = spawn('npm', [...args, ...ports], { cwd: root, stdio: 'pipe', detached: true })
    leftovers.push(() => killGroup(npm.pid!))
    let output = ''
    npm.stdout.setEncoding('utf8').on('data', (text: string) => (output += text))
    const closed = once(npm, 'close')
    await eventually(
      async () => output,
      text => text.includes('weir serves'),
      60_000,
    )
    npm.kill('SIGTERM')
    const [status] = (await closed) as [number]
    expect(output).toContain('weir ended')
    expect(status).toBe(0)
  })

  it('takes every flag from the environment too', async () => {
    const env = {
      WEIR_CONTRACT: contract,
      WEIR_UPSTREAM: upstream.url,
      WEIR_DATA: join(folder, 'env'),
      WEIR_PORT: '0',
      WEIR_CONTROL_PORT: '0',
      WEIR_THREADS: '1',
      WEIR_OPERATOR_TOKEN: 'an-operator-token-of-my-own',
    }
    const weir = startProcess(['serve'], env)
    const { control } = await addressesOf(weir)
    expect(weir.stdout()).toContain('"threads":1')
    const headers = { authorization: `Bearer ${env.WEIR_OPERATOR_TOKEN}` }
    expect((await fetch(`${control}/api/organizations`, { headers })).status).toBe(200)
    expect(await weir.end()).toBe(0)
  })
})
