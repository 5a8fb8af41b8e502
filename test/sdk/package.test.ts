import { execFile } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { format, resolveConfig } from 'prettier'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startChat } from '../../examples/chat/harness.ts'
import { startTestWeir } from '../e2e/harness.ts'

const root = join(import.meta.dirname, '../..')
const example = join(root, 'examples/client')
const run = promisify(execFile)

/** A project of somebody else's, with the packed client and the example in it. */
let project: string
let tarball: Buffer<ArrayBuffer>

beforeAll(async () => {
  project = mkdtempSync(join(tmpdir(), 'weir-client-'))
  await run('npm', ['pack', '--silent', '--pack-destination', project], { cwd: join(root, 'sdk') })
  const packed = readdirSync(project).find(name => name.endsWith('.tgz'))!
  tarball = readFileSync(join(project, packed))
  const installed = join(project, 'node_modules/weir-client')
  mkdirSync(installed, { recursive: true })
  await run('tar', ['-xzf', packed, '-C', installed, '--strip-components=1'], { cwd: project })
  mkdirSync(join(project, 'node_modules/@types'))
  for (const name of ['@types/node', 'undici-types']) {
    symlinkSync(join(root, 'node_modules', name), join(project, 'node_modules', name))
  }
  for (const name of ['chat.ts', 'chat-api.ts']) cpSync(join(example, name), join(project, name))
  writeFileSync(join(project, 'package.json'), '{"type":"module"}')
})

afterAll(() => rmSync(project, { recursive: true, force: true }))

describe('the package', () => {
  it('is clean by publint', async () => {
    const { messages, pkg } = await publint({
      pack: { tarball: tarball.buffer.slice(tarball.byteOffset, tarball.byteOffset + tarball.length) },
      strict: true,
    })
    expect(messages.map(message => formatMessage(message, pkg))).toEqual([])
    expect(pkg['name']).toBe('weir-client')
  })

  it('holds what is built, its license and its page, depends on nothing and knows no Node', () => {
    const installed = join(project, 'node_modules/weir-client')
    const files = readdirSync(installed).toSorted()
    expect(files).toEqual(['LICENSE', 'README.md', 'dist', 'package.json'])
    const { dependencies, sideEffects } = JSON.parse(
      readFileSync(join(installed, 'package.json'), 'utf8'),
    ) as {
      dependencies?: object
      sideEffects: boolean
    }
    expect([dependencies, sideEffects]).toEqual([undefined, false])
    const sources = readdirSync(join(root, 'sdk/src')).filter(name => !name.endsWith('.test.ts'))
    const built = readdirSync(join(installed, 'dist')).filter(name => name.endsWith('.js'))
    expect(built.toSorted()).toEqual(sources.map(name => name.replace('.ts', '.js')).toSorted())
    for (const name of built) {
      const text = readFileSync(join(installed, 'dist', name), 'utf8')
      for (const [, from] of text.matchAll(/\bfrom '([^']+)'/g)) expect(from).toMatch(/^\.\/[\w-]+\.js$/)
      expect(text).not.toMatch(/\b(?:process|Buffer|require)\b[.(]/)
    }
  })

  it.each([
    ['Node and TypeScript 7', 'node_modules', { module: 'nodenext', types: ['node'], lib: ['es2023'] }],
    [
      'a bundler, for browsers, and TypeScript 5',
      'examples/client/node_modules',
      { module: 'esnext', moduleResolution: 'bundler', types: [], lib: ['es2023', 'dom'] },
    ],
  ])('has types that hold in %s', async (_, modules, options) => {
    const file = join(project, 'tsconfig.json')
    const usual = { noEmit: true, strict: true, target: 'es2023', allowImportingTsExtensions: true }
    const compilerOptions = { ...usual, ...options, skipLibCheck: false }
    writeFileSync(file, JSON.stringify({ compilerOptions, files: ['chat.ts', 'environment.d.ts'] }))
    // What the example asks of Node, which is not there in a browser.
    const needed = options.types.length === 0 ? 'declare const process: any' : ''
    writeFileSync(join(project, 'environment.d.ts'), needed)
    const checked = await run(join(root, modules, '.bin/tsc'), ['-p', file], { cwd: project }).then(
      ({ stdout }) => stdout,
      (error: { stdout: string }) => error.stdout,
    )
    expect(checked).toBe('')
  })
})

describe('the typed example', () => {
  it('has the types that openapi-typescript makes of the chat API’s document', async () => {
    const generator = join(example, 'node_modules/.bin/openapi-typescript')
    const { stdout } = await run(generator, ['../chat/openapi.yaml'], { cwd: example })
    const style = await resolveConfig(join(example, 'chat-api.ts'))
    const made = await format(stdout, { ...style, parser: 'typescript' })
    expect(readFileSync(join(example, 'chat-api.ts'), 'utf8')).toBe(made)
  })

  it('is what the page shows, and does what it says, through a real Weir', async () => {
    const text = readFileSync(join(example, 'chat.ts'), 'utf8')
    expect(readFileSync(join(root, 'docs/client.md'), 'utf8')).toContain(`\`\`\`ts\n${text}\`\`\``)
    const chat = await startChat()
    const weir = await startTestWeir({ upstream: chat.url })
    const app = await weir.newApp()
    const env = { API: weir.weir.gatewayUrl, KEY: app.apiKey, TOKEN: await app.token({ user_id: 'ann' }) }
    const { stdout } = await run(process.execPath, ['chat.ts'], { cwd: project, env })
    expect(stdout).toMatch(
      /^ann: The river is high today \(999 left until 20.+Z\)\n1 found\nbad-request 400: .+\n$/,
    )
    await weir.stop()
    await chat.close()
  })
})
