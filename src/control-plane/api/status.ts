import type { OpenAPIHono } from '@hono/zod-openapi'
import { ProblemError } from '../../http/problem.ts'
import { evidencePage } from '../status/evidence-page.ts'
import { pagePolicy } from '../status/page-shell.ts'
import { createRenderer, type StatusView } from '../status/rendered-status.ts'
import type { ShownStatus } from '../status/status-board.ts'
import { liveLinks } from '../status/status-links.ts'
import { emptyPage, noSuchIncidentPage, noSuchPage } from '../status/empty-pages.ts'
import { MODULES_PATH, readVerifyModules, type VerifyModules } from '../status/verify-modules.ts'
import { verifyPage, verifyPolicy } from '../status/verify-page.ts'
import type { SubscribeWays } from '../status/subscribe-part.ts'
import type { ApiContext, ApiEnv, ControlDeps } from './deps.ts'

const HTML = 'text/html; charset=utf-8'

/** Nothing of it needs the store: what is shown is kept elsewhere. */
export type StatusDeps = Pick<ControlDeps, 'status' | 'evidence' | 'publicUrl'> & {
  readonly evidenceKey: Pick<ControlDeps['evidenceKey'], 'publicKey'>
}

/** The public status page in all its forms, for everybody and without credentials. */
export function statusRoutes(api: OpenAPIHono<ApiEnv>, deps: StatusDeps, ways: SubscribeWays): void {
  const { status, evidence, publicUrl } = deps
  const outerLinks = liveLinks(publicUrl)
  const home = publicUrl === undefined ? undefined : outerLinks.home
  const links = liveLinks()
  const render = createRenderer({ links, outerLinks, home, ways })

  async function answer(c: ApiContext, view: StatusView, type: string): Promise<Response> {
    const shown = await status.current()
    if (shown === undefined) return nothingYet(c, type)
    const rendered = await render(shown, view)
    if (rendered === undefined) return noSuchIncident(c, shown)
    const modified = new Date(shown.facts.asOfMs).toUTCString()
    publicHeaders(c, type)
    c.header('etag', rendered.etag)
    c.header('last-modified', modified)
    if (matches(c.req.header('if-none-match'), rendered.etag)) return c.body(null, 304)
    return c.body(rendered.body)
  }

  async function noSuchIncident(c: ApiContext, { facts }: ShownStatus): Promise<Response> {
    const into = facts.merged.get(c.req.param('incident') ?? '')
    if (into !== undefined) return c.redirect(links.incident(into), 302)
    pageHeaders(c)
    return c.html(await noSuchIncidentPage(facts.name, links), 404)
  }

  api.get('/status', c => answer(c, 'page', HTML))
  api.get('/status/history', c => answer(c, 'history', HTML))
  api.get('/status/incidents/:incident', c => answer(c, { incident: c.req.param('incident') }, HTML))
  api.get('/status.json', c => answer(c, 'json', 'application/json; charset=utf-8'))
  api.get('/status/feed.atom', c => answer(c, 'feed', 'application/atom+xml; charset=utf-8'))
  api.get('/status/badge.svg', c => answer(c, 'badge', 'image/svg+xml; charset=utf-8'))
  api.get('/status/evidence', async c => {
    const shown = await evidence.current()
    const facts = (await status.current())?.facts
    if (shown === undefined || facts === undefined) return nothingYet(c, HTML)
    publicHeaders(c, HTML)
    const { publicKey } = deps.evidenceKey
    const staleSinceMs = shown.isStale ? shown.asOfMs : undefined
    return c.body(
      await evidencePage({ name: facts.name, links, publicKey, heads: shown.facts, staleSinceMs }),
    )
  })
  let modules: Promise<VerifyModules> | undefined
  api.get('/status/verify', async c => {
    const facts = (await status.current())?.facts
    if (facts === undefined) return nothingYet(c, HTML)
    modules ??= readVerifyModules()
    const { entry: script } = await modules
    c.header('content-security-policy', verifyPolicy)
    return c.html(await verifyPage(facts.name, { links, script, publicKey: deps.evidenceKey.publicKey }))
  })
  api.get(`${MODULES_PATH}:module`, async c => {
    modules ??= readVerifyModules()
    const text = (await modules).texts.get(c.req.path)
    if (text === undefined) throw new ProblemError('not-found', 'There is no such module.')
    c.header('content-type', 'text/javascript; charset=utf-8')
    c.header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`)
    return c.body(text)
  })
  api.get('/status/', c => c.redirect(links.home, 301))
}

/** Below every other route: an address that leads nowhere is a page for people, and a problem for programs. */
export function noSuchPageRoute(api: OpenAPIHono<ApiEnv>, { status }: Pick<StatusDeps, 'status'>): void {
  api.get('/status/*', async c => {
    if (c.req.header('accept')?.includes('text/html') !== true) {
      throw new ProblemError('not-found', 'The status page has no such address; see docs/status-page.md.')
    }
    pageHeaders(c)
    const name = (await status.current())?.facts.name ?? 'API'
    return c.html(await noSuchPage(name, liveLinks()), 404)
  })
}

/** As long as the board itself holds what it read. */
const MAX_AGE_SECONDS = 15

function publicHeaders(c: ApiContext, type: string): void {
  c.header('content-type', type)
  c.header('cache-control', `public, max-age=${MAX_AGE_SECONDS}`)
  if (type === HTML) c.header('content-security-policy', pagePolicy)
  else {
    // Dashboards and READMEs of other sites show these.
    c.header('access-control-allow-origin', '*')
    c.header('cross-origin-resource-policy', 'cross-origin')
  }
}

function pageHeaders(c: ApiContext): void {
  c.header('content-security-policy', pagePolicy)
}

function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  const tags = (ifNoneMatch ?? '').split(',').map(tag => tag.trim().replace(/^W\//, ''))
  return tags.includes(etag) || tags.includes('*')
}

async function nothingYet(c: ApiContext, type: string): Promise<Response> {
  c.header('retry-after', '5')
  if (type !== HTML) {
    throw new ProblemError('store-unreachable', 'Nothing is known yet, and the database cannot be read.')
  }
  pageHeaders(c)
  return c.html(await emptyPage(liveLinks()), 503)
}
