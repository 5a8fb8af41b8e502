import type { OpenAPIHono } from '@hono/zod-openapi'
import { type ApiDocument, makeDocument } from './api-document.ts'
import { docsPage } from './docs-page.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'

/** The document of all routes, and a page that shows it. */
export function openApiRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps): void {
  // The routes are registered after these two, so the document is made when it is first asked for.
  let made: ApiDocument | undefined
  const document = () => (made ??= makeDocument(api, deps.version))
  api.get('/api/openapi.json', c => c.json(document()))
  api.get('/api/docs', c => {
    const { html, contentSecurityPolicy } = docsPage(document())
    c.header('content-security-policy', contentSecurityPolicy)
    return c.html(html)
  })
}
