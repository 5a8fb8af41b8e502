import { type Endpoint, RATE_LIMITS_ENDPOINT, RATE_LIMITS_PATHS } from './contract.ts'
import { endpointShape, parseEndpointText } from './endpoint-text.ts'
import type { Mistake } from './mistake.ts'
import { readOpenApi } from './openapi-operations.ts'
import type { PathTemplate } from './path-template.ts'
import { NAME } from './shape-leaves.ts'
import { childOf, entriesOf, itemsOf, textOf, type TreeNode, type YamlTree } from './yaml-tree.ts'

export interface DeclaredEndpoints {
  readonly endpoints: readonly Endpoint[]
  /** All names that limits may use: declared ones, also those whose text is wrong, and `GetRateLimits`. */
  readonly names: readonly string[]
  /** False when a document could not be read: then no name can be called undeclared. */
  readonly complete: boolean
  readonly mistakes: readonly Mistake[]
}

export interface EndpointSources {
  readonly file: string
  readonly tree: YamlTree
  readonly readBeside: (name: string) => string | undefined
}

/** The contract's own endpoints, then those of its OpenAPI documents; all under different names and shapes. */
export function declaredEndpoints(root: TreeNode, sources: EndpointSources): DeclaredEndpoints {
  const register = new EndpointRegister(sources.file)
  const section = childOf(root, 'endpoints')
  for (const [name, entry] of entriesOf(section)) {
    if (name === 'openapi') continue
    const at = () => ({ file: sources.file, ...sources.tree.positionOf(entry.keyStart) })
    const inText = () => ({ file: sources.file, ...sources.tree.positionOf(entry.value.start) })
    const text = textOf(entry.value)
    if (!register.takesName(name, at) || text === undefined) continue
    const parsed = parseEndpointText(text)
    if (parsed.ok) register.take({ name, ...parsed.endpoint }, parsed.template, at)
    else register.mistake(inText, `\`${name}\`: ${parsed.problem}`)
  }
  const complete = readDocuments(childOf(section, 'openapi'), sources, register)
  return { endpoints: register.endpoints, names: register.names, complete, mistakes: register.mistakes }
}

type Place = () => { readonly file: string; readonly line: number; readonly column: number }

/** Names and shapes taken so far, each with its place, so that the second of two alike can name the first. */
class EndpointRegister {
  readonly endpoints: Endpoint[] = []
  readonly mistakes: Mistake[] = []
  readonly #names = new Map<string, Place>()
  readonly #shapes = new Map<string, { name: string; place: Place }>()
  readonly #mainFile: string

  constructor(mainFile: string) {
    this.#mainFile = mainFile
  }

  get names(): string[] {
    return [...new Set([...this.#names.keys(), RATE_LIMITS_ENDPOINT])]
  }

  mistake(place: Place, message: string): void {
    this.mistakes.push({ ...place(), message })
  }

  takesName(name: string, place: Place): boolean {
    const first = this.#names.get(name)
    if (first !== undefined) {
      this.mistake(
        place,
        `the name \`${name}\` is taken ${this.#shown(first, place)}; every endpoint needs its own`,
      )
      return false
    }
    this.#names.set(name, place)
    if (name === RATE_LIMITS_ENDPOINT) {
      this.mistake(
        place,
        `\`${name}\` is always declared; it stands for reading one’s own limits. Choose another name`,
      )
    } else if (name === 'default' || name in Object.prototype) {
      this.mistake(place, `\`${name}\` is a reserved word; choose another name for this endpoint`)
    } else if (!NAME.test(name)) {
      this.mistake(
        place,
        `\`${name}\` is no name; expected a letter, then letters, digits, \`.\`, \`_\` or \`-\``,
      )
    } else return true
    return false
  }

  take(endpoint: Endpoint, template: PathTemplate, place: Place): void {
    const { method, path, name } = endpoint
    if (
      (method === 'GET' || method === 'HEAD') &&
      RATE_LIMITS_PATHS.some(reserved => template.shape === reserved)
    ) {
      this.mistake(
        place,
        `\`${method} ${path}\` is always declared, as ${RATE_LIMITS_ENDPOINT}; remove \`${name}\``,
      )
      return
    }
    const shape = endpointShape(endpoint, template)
    const first = this.#shapes.get(shape)
    if (first !== undefined) {
      const where = this.#shown(first.place, place)
      this.mistake(
        place,
        `\`${name}\` matches the same requests as \`${first.name}\` ${where}; keep one of the two`,
      )
      return
    }
    this.#shapes.set(shape, { name, place })
    this.endpoints.push(endpoint)
  }

  #shown(first: Place, second: Place): string {
    const { file, line } = first()
    if (file === second().file) return `on line ${line}`
    return file === this.#mainFile ? `on line ${line} of the contract` : `on line ${line} of ${file}`
  }
}

/** Far above the largest documents known (some twelve megabytes), far below what would fill the memory. */
const MAX_DOCUMENT_BYTES = 32 * 1024 * 1024

function readDocuments(
  node: TreeNode | undefined,
  sources: EndpointSources,
  register: EndpointRegister,
): boolean {
  if (node === undefined) return true
  const files = node.kind === 'list' ? itemsOf(node) : [node]
  const seen = new Set<string>()
  let complete = true
  for (const item of files) {
    const place = () => ({ file: sources.file, ...sources.tree.positionOf(item.start) })
    const name = textOf(item)
    const problem = name === undefined ? undefined : fileNameProblem(name, seen)
    const text = name === undefined || problem !== undefined ? undefined : sources.readBeside(name)
    if (problem !== undefined) register.mistake(place, problem)
    else if (name !== undefined && text === undefined) {
      register.mistake(place, `there is no readable file \`${name}\` beside the contract`)
    }
    if (name === undefined || text === undefined) complete = false
    else if (longerThan(text, MAX_DOCUMENT_BYTES)) {
      register.mistake(place, `\`${name}\` is larger than 32 MiB, the most an OpenAPI document may be`)
      complete = false
    } else complete = takeOperations(text, name, register) && complete
  }
  return complete
}

function fileNameProblem(name: string, seen: Set<string>): string | undefined {
  if (seen.has(name)) return `\`${name}\` is named twice`
  seen.add(name)
  const parts = name.split(/[/\\]/)
  if (/^[/\\]|^[A-Za-z]:|\p{Cc}/u.test(name) || parts.includes('..')) {
    return `\`${name}\`: expected a file beside the contract, or in a folder beside it, without \`..\``
  }
  return undefined
}

function takeOperations(text: string, file: string, register: EndpointRegister): boolean {
  const { operations, mistakes } = readOpenApi(text, file)
  register.mistakes.push(...mistakes)
  for (const { endpoint, template, position } of operations) {
    const place = () => ({ file, ...position() })
    if (register.takesName(endpoint.name, place)) register.take(endpoint, template, place)
  }
  return mistakes.length === 0
}

/** Whether a text has more bytes in UTF-8; counts them only when the number of characters leaves a doubt. */
export function longerThan(text: string, bytes: number): boolean {
  if (text.length > bytes) return true
  return text.length * 3 > bytes && new TextEncoder().encode(text).length > bytes
}
