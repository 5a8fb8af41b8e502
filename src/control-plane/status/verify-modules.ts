import { readFile } from 'node:fs/promises'
import { stripTypeScriptTypes } from 'node:module'
import { fileURLToPath } from 'node:url'

/** Where the modules are served. */
export const MODULES_PATH = '/status/verify/'

const ENTRY = new URL(
  import.meta.url.endsWith('.ts') ? './verify-script.ts' : './verify-script.js',
  import.meta.url,
)

export interface VerifyModules {
  /** The path of the script that the page begins with. */
  readonly entry: string
  /** By path. */
  readonly texts: ReadonlyMap<string, string>
}

/**
 * The very modules that check evidence here, for browsers: each as it stands, but for its types, with its imports pointing
 * to where the others are served. There is no build step, so what is served is what runs. Throws when one cannot be read.
 */
export async function readVerifyModules(): Promise<VerifyModules> {
  const texts = new Map<string, string>()
  const names = new Map<string, string>()
  const waiting = [ENTRY.href]
  const nameOf = (url: string) => {
    const name = names.get(url) ?? `${MODULES_PATH}${names.size}-${lastPart(url)}.js`
    if (!names.has(url)) waiting.push(url)
    names.set(url, name)
    return name
  }
  const entry = nameOf(ENTRY.href)
  for (let url = waiting.pop(); url !== undefined; url = waiting.pop()) {
    const name = nameOf(url)
    if (texts.has(name)) continue
    const text = await readFile(fileURLToPath(url), 'utf8')
    const plain = url.endsWith('.ts') ? stripTypeScriptTypes(text) : text
    const parent = url
    texts.set(
      name,
      plain.replaceAll(IMPORT, (_, before: string, specifier: string) => {
        return `${before}${JSON.stringify(nameOf(resolve(specifier, parent)))}`
      }),
    )
  }
  return { entry, texts }
}

/** Of an import or export, alone on its line, at the end of a list of names, or of a module that is loaded when needed. */
const IMPORT = /((?:^|[}\s*;])(?:from\s*|import\s*|await import\())["']([^"'\n]+)["'](?=\s*(?:;|\)|$))/gm

/** Only what the checking modules themselves are made of: a module of Node's own would be a mistake of ours. */
function resolve(specifier: string, parent: string): string {
  const url = specifier.startsWith('.')
    ? new URL(specifier, parent).href
    : import.meta.resolve(specifier, parent)
  if (url.startsWith('file:')) return url
  throw new Error(`${parent} imports ${specifier}, which no browser has`)
}

function lastPart(url: string): string {
  return (url.split('/').at(-1) ?? '').replace(/\.\w+$/, '').replaceAll(/[^\w-]/g, '-')
}
