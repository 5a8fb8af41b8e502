import { posix } from 'node:path'
import type { ImportRule } from './import-rules.ts'

/** Path from the checkout's root, with `/`, to the file's text. */
export type Sources = ReadonlyMap<string, string>

/** A thread is started with the URL of its file, so such a URL imports too; URLs of data do not. */
const IMPORTED = /(?:\bfrom\s*|\bimport\s*\(?\s*|\bnew URL\(\s*(?=['"][^'"]+\.ts['"]))(['"])([^'"\n]+)\1/g

/** One sentence for every import that the rules do not allow. */
export function violations(sources: Sources, rules: readonly ImportRule[]): string[] {
  return [...sources].flatMap(([file, text]) => {
    const path = file.replace(/^src\//, '')
    const rule = rules.find(({ from }) => path === from || (from.endsWith('/') && path.startsWith(from)))
    if (!rule) return [`${file} stands in no room of the import table`]
    return importsOf(text)
      .filter(specifier => !allowed(specifier, path, rule))
      .map(specifier => `${file} imports ${specifier}. ${rule.why}`)
  })
}

function allowed(specifier: string, path: string, rule: ImportRule): boolean {
  if (specifier.startsWith('node:')) return rule.node
  if (!specifier.startsWith('.')) {
    return rule.packages === undefined || rule.packages.includes(packageOf(specifier))
  }
  const target = posix.normalize(posix.join(posix.dirname(path), specifier))
  return target.startsWith(rule.from) || rule.may.some(room => target.startsWith(room))
}

function packageOf(specifier: string): string {
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/')
}

/** Import cycles between files, each as the chain of its files. */
export function cycles(sources: Sources): string[][] {
  const found: string[][] = []
  const done = new Set<string>()
  const chain: string[] = []

  function visit(file: string): void {
    const at = chain.indexOf(file)
    if (at >= 0) {
      found.push([...chain.slice(at), file])
      return
    }
    if (done.has(file)) return
    chain.push(file)
    for (const specifier of importsOf(sources.get(file) ?? '', true)) {
      const target = posix.normalize(posix.join(posix.dirname(file), specifier))
      if (specifier.startsWith('.') && sources.has(target)) visit(target)
    }
    chain.pop()
    done.add(file)
  }

  for (const file of sources.keys()) visit(file)
  return found
}

/** Types are gone when the program runs, so a cycle of types alone is none. */
function importsOf(text: string, valuesOnly = false): string[] {
  const bare = text.replace(/\/\*[\s\S]*?\*\/|^\s*\/\/.*$/gm, '')
  const code = valuesOnly ? bare.replace(/^(?:import|export) type\b[^'"]*(['"])[^'"\n]+\1/gm, '') : bare
  return [...code.matchAll(IMPORTED)].map(match => match[2]!)
}
