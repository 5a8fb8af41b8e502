import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import { type ApiDocument, methods } from './api-document.ts'
import { curlExample, type Operation } from './docs-example.ts'
import { fieldsOf, type SchemaNode } from './docs-fields.ts'
import { docsStyle } from './docs-style.ts'

/**
 * The OpenAPI document as a page that stands alone: no script, nothing fetched from elsewhere, so its policy
 * can forbid all but its own style.
 */
export function docsPage(document: ApiDocument) {
  const operations = operationsOf(document)
  const tags = document.tags ?? []
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${document.info.title}</title>
        ${raw(`<style>${docsStyle}</style>`)}
      </head>
      <body>
        <header>
          <h1>${document.info.title}</h1>
          <p>${prose(document.info.description)}</p>
          <p>Version ${document.info.version} · <a href="/api/openapi.json">OpenAPI document</a></p>
        </header>
        <nav aria-label="Routes">${tags.map(({ name }) => contents(name, operations))}</nav>
        <main>
          ${tags.map(
            ({ name, description }) => html`
              <h2 id="${name}">${name}</h2>
              <p>${prose(description)}</p>
              ${operations.filter(({ tag }) => tag === name).map(each => section(document, each))}
            `,
          )}
        </main>
      </body>
    </html>`
  const hash = createHash('sha256').update(docsStyle).digest('base64')
  const contentSecurityPolicy = `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`
  return { html: page, contentSecurityPolicy }
}

function operationsOf(document: ApiDocument): Operation[] {
  return Object.entries(document.paths ?? {}).flatMap(([path, item]) =>
    methods.flatMap(method => {
      const operation = item[method]
      if (operation === undefined) return []
      const id = `${method}${path.replaceAll(/[^a-z_]+/gi, '-')}`
      return [{ id, method, path, tag: operation.tags?.[0] ?? '', operation }]
    }),
  )
}

function contents(tag: string, operations: readonly Operation[]) {
  const own = operations.filter(each => each.tag === tag)
  return html`<div>
    <a href="#${tag}"><strong>${tag}</strong></a>
    <ul>
      ${own.map(({ id, operation }) => html`<li><a href="#${id}">${operation.summary ?? id}</a></li>`)}
    </ul>
  </div>`
}

function section(document: ApiDocument, each: Operation) {
  const { id, method, path, operation } = each
  const body = bodySchema(operation.requestBody)
  return html`<section aria-labelledby="${id}">
    <h3 id="${id}">${operation.summary ?? path}</h3>
    <p class="route"><span class="method ${method}">${method.toUpperCase()}</span> <code>${path}</code></p>
    <p>${prose(operation.description)}</p>
    ${parameterTable(operation)} ${body === undefined ? '' : fieldTable('Body', document, body)}
    <h4>Example</h4>
    <pre tabindex="0"><code>${curlExample(document, each, body)}</code></pre>
    ${Object.entries(operation.responses ?? {})
      .filter(([status]) => status !== 'default')
      .map(([status, answer]) => answerPart(document, status, answer))}
  </section>`
}

interface Answer {
  readonly description: string
  readonly content?: Readonly<Record<string, { readonly schema?: SchemaNode }>>
}

function answerPart(document: ApiDocument, status: string, { description, content }: Answer) {
  const schema = content?.['application/json']?.schema
  if (schema === undefined)
    return html`<h4>Answer ${status}</h4>
      <p>${prose(description)}</p>`
  return fieldTable(`Answer ${status}: ${description}`, document, schema)
}

function parameterTable(operation: Operation['operation']) {
  const parameters = (operation.parameters ?? []).flatMap(each => ('$ref' in each ? [] : [each]))
  if (parameters.length === 0) return ''
  return table(
    'Parameters',
    parameters.map(({ name, in: place, required, description }) => ({
      name,
      type: `${place}${required === true ? ', required' : ''}`,
      description: description ?? '',
    })),
  )
}

function fieldTable(title: string, document: ApiDocument, schema: SchemaNode) {
  return table(title, fieldsOf(document, schema))
}

function table(title: string, rows: readonly { name: string; type: string; description: string }[]) {
  return html`<details open>
    <summary>${title}</summary>
    <div class="scroll" tabindex="0" role="region" aria-label="${title}">
      <table>
        <tbody>
          ${rows.map(
            ({ name, type, description }) =>
              html`<tr>
                <th scope="row"><code>${name}</code></th>
                <td>${type}</td>
                <td>${prose(description)}</td>
              </tr>`,
          )}
        </tbody>
      </table>
    </div>
  </details>`
}

/** Descriptions mark code with backticks, as Markdown does. */
function prose(text: string | undefined) {
  return (text ?? '').split('`').map((part, i) => (i % 2 === 1 ? html`<code>${part}</code>` : part))
}

function bodySchema(body: Operation['operation']['requestBody']): SchemaNode | undefined {
  if (body === undefined || '$ref' in body) return undefined
  return body.content['application/json']?.schema
}
