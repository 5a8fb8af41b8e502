import { randomBytes } from 'node:crypto'
import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { EvidenceHead } from '../../store/evidence.ts'
import { evidencePage } from './evidence-page.ts'
import { historyPage, incidentPage } from './history-page.ts'
import { statusBadge } from './status-badge.ts'
import type { Shown, ShownStatus } from './status-board.ts'
import { statusFeed } from './status-feed.ts'
import { statusJson } from './status-json.ts'
import { type StatusLinks, copyLinks, liveLinks } from './status-links.ts'
import { statusPage } from './status-page.ts'
import type { SubscribeWays } from './subscribe-part.ts'

/** What the copy has of evidence: it must not go with the Weir that signed it. */
export interface EvidenceCopy {
  readonly heads: Shown<readonly EvidenceHead[]>
  /** Ed25519, base64url; undefined: nothing was signed yet. */
  readonly publicKey: string | undefined
}

export interface ExportOptions {
  readonly publicUrl: string | undefined
  readonly evidence: EvidenceCopy
  /** What the running Weir offers: a copy links to it. */
  readonly ways: SubscribeWays
}

/**
 * Writes the status page as files that need nobody: each appears whole or not at all, `index.html` last, so that it never
 * names what is not there. Pages of older incidents stay. Resolves with the files' names.
 */
export async function exportStatus(
  dir: string,
  shown: ShownStatus,
  options: ExportOptions,
): Promise<string[]> {
  await removeRemains(dir)
  const files = await filesOf(shown, options)
  for (const [name, body] of files) await writeWhole(join(dir, name), body)
  return files.map(([name]) => name)
}

async function filesOf(
  { facts, isStale }: ShownStatus,
  { publicUrl, evidence, ways }: ExportOptions,
): Promise<[name: string, body: string][]> {
  const links = copyLinks('', publicUrl)
  const below = { links: copyLinks('../', publicUrl), isStale }
  const home = publicUrl === undefined ? undefined : liveLinks(publicUrl).home
  const files: [string, string][] = []
  for (const incident of facts.incidents) {
    files.push([`incidents/${incident.id}.html`, await incidentPage(facts, incident, below)])
  }
  return [
    ...files,
    ...(await evidenceFiles(facts.name, links, evidence)),
    ['history.html', await historyPage(facts, { links, isStale })],
    ['feed.atom', statusFeed(facts, publicUrl === undefined ? links : liveLinks(publicUrl), isStale)],
    ['badge.svg', statusBadge(facts, isStale)],
    ['status.json', `${JSON.stringify(statusJson(facts, { isStale, home }), undefined, 2)}\n`],
    ['index.html', await statusPage(facts, { links, isStale, ways })],
  ]
}

async function evidenceFiles(
  name: string,
  links: StatusLinks,
  { heads: { facts: heads, asOfMs, isStale }, publicKey }: EvidenceCopy,
): Promise<[name: string, body: string][]> {
  const staleSinceMs = isStale ? asOfMs : undefined
  const page = await evidencePage({ name, links, publicKey, heads, staleSinceMs })
  const key = { algorithm: 'Ed25519', publicKey }
  return [
    ['evidence.html', page],
    ...(publicKey === undefined
      ? []
      : [['evidence-key.json', `${JSON.stringify(key)}\n`] as [string, string]]),
  ]
}

const REMAINS = /^\.weir-[0-9a-f]{12}$/

async function writeWhole(file: string, body: string): Promise<void> {
  const folder = dirname(file)
  await mkdir(folder, { recursive: true })
  const half = join(folder, `.weir-${randomBytes(6).toString('hex')}`)
  try {
    await writeFile(half, body)
    await rename(half, file)
  } catch (error) {
    await rm(half, { force: true })
    throw error
  }
}

/** What a Weir left that ended in the middle of a file. */
async function removeRemains(dir: string): Promise<void> {
  for (const folder of [dir, join(dir, 'incidents')]) {
    await mkdir(folder, { recursive: true })
    const names = await readdir(folder)
    for (const name of names.filter(each => REMAINS.test(each))) await rm(join(folder, name), { force: true })
  }
}
