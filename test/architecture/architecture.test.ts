import { readFileSync, readdirSync } from 'node:fs'
import { join, sep } from 'node:path'
import { describe, expect, it } from 'vitest'
import { importRules } from './import-rules.ts'
import { type Sources, cycles, violations } from './imports.ts'

const root = join(import.meta.dirname, '../..')

function sourcesIn(folder: string): Sources {
  const files = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map(name => join(folder, name).split(sep).join('/'))
    .filter(name => !name.includes('/node_modules/'))
    .filter(name => name.endsWith('.ts') && !/(\.test|-suite|\/test-\w+)\.ts$/.test(name))
  return new Map(files.map(file => [file, readFileSync(join(root, file), 'utf8')]))
}

describe('the rooms', () => {
  it('import only what the table allows', () => {
    const sources = sourcesIn('src')
    expect(sources.size).toBeGreaterThan(50)
    expect(violations(sources, importRules)).toEqual([])
  })

  it('have no import cycles', () => {
    expect(cycles(sourcesIn('src'))).toEqual([])
  })

  it.each([
    ['src/core/limits/planted.ts', `import { readFileSync } from 'node:fs'`],
    ['src/core/limits/planted.ts', `import { invoice } from '../pricing/invoice.ts'`],
    ['src/core/limits/planted.ts', `import { z } from 'zod'`],
    ['src/data-plane/gateway/planted.ts', `import type { Actor } from '../../control-plane/api/deps.ts'`],
    ['src/data-plane/decide/planted.ts', `import type { Exchange } from '../gateway/exchange.ts'`],
    ['src/control-plane/api/planted.ts', `const x = await import('../../data-plane/gateway/gateway.ts')`],
    ['src/store/planted.ts', `export { x } from '../identity/credentials.ts'`],
    ['src/somewhere/planted.ts', `export const x = 1`],
  ])('find a planted violation: %s %s', (file, text) => {
    expect(violations(new Map([[file, text]]), importRules)).toHaveLength(1)
  })

  it('find a planted cycle', () => {
    const planted = new Map([
      ['src/a.ts', `import { b } from './b.ts'`],
      ['src/b.ts', `import { a } from './a.ts'`],
    ])
    expect(cycles(planted)).toEqual([['src/a.ts', 'src/b.ts', 'src/a.ts']])
  })
})

describe('the code', () => {
  it('names no clock, randomness or I/O in core', () => {
    const impure =
      /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bTemporal\.Now\b|\bprocess\.|\bsetTimeout\(|\bfetch\(/
    const found = [...sourcesIn('src/core')].filter(([, text]) => impure.test(text)).map(([file]) => file)
    expect(found).toEqual([])
  })

  it('has no default export, no swallowed error and no unfinished mark', () => {
    const marks = /\bexport default\b|\bcatch\s*(\([^)]*\))?\s*\{\s*\}|\b(TODO|FIXME|XXX)\b/
    const sources = [...sourcesIn('src'), ...sourcesIn('examples'), ...sourcesIn('sdk/src')]
    expect(sources.filter(([, text]) => marks.test(text)).map(([file]) => file)).toEqual([])
  })
})
