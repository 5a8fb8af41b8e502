import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi'
import type { Kysely, Transaction } from 'kysely'
import { ProblemError } from '../../http/problem.ts'
import { newId } from '../../identity/credentials.ts'
import { addEvent } from '../../store/events.ts'
import {
  type MaintenanceWindow,
  addMaintenance,
  cancelMaintenance,
  extensionOf,
  findMaintenance,
  maintenanceWithin,
} from '../../store/maintenance.ts'
import type { Schema } from '../../store/schema.ts'
import { noticeHoursOf } from '../availability/maintenance-notice.ts'
import { change } from './change.ts'
import type { ApiEnv, ControlDeps } from './deps.ts'
import { instantText } from './instants.ts'
import { listOf } from './lists.ts'
import { maintenanceAnswer, showMaintenance } from './maintenance-answer.ts'
import { answers, instant, jsonBody, label, maintenancePath } from './route-parts.ts'
import { type Scopes, notFound } from './scope.ts'
import { askedStretch, refuseOddEnd, stretchQuery, wholeSecond } from './stretches.ts'
import { wrong } from './subscription-rules.ts'

export function maintenanceRoutes(api: OpenAPIHono<ApiEnv>, deps: ControlDeps, scopes: Scopes): void {
  api.openapi(announce(scopes), async c => {
    const { title, start, end } = c.req.valid('json')
    const author = c.var.actor.id
    const body = await change(deps, c, async (trx, nowMs) => {
      const startMs = wholeSecond('start', start)
      const endMs = wholeSecond('end', end)
      if (startMs < nowMs) {
        throw wrong(
          'start',
          `Lies in the past, and work is announced ahead: give an instant from ${instantText(nowMs)} on.`,
        )
      }
      refuseOddEnd(startMs, endMs, MOST_DAYS)
      return add(deps, trx, { title, startMs, endMs, announcedMs: nowMs, extends: undefined, author })
    })
    return c.json(body, 201)
  })
  api.openapi(list(scopes), async c => {
    const { db } = deps.store
    const windows = await maintenanceWithin(db, askedStretch(c.req.valid('query'), deps.clock()))
    const items = []
    for (const window of windows) items.push(await show(deps, db, window))
    return c.json({ items, nextCursor: null }, 200)
  })
  api.openapi(cancel(scopes), async c => {
    const { maintenance } = c.req.valid('param')
    return c.json(await change(deps, c, (trx, nowMs) => cancelAll(deps, trx, maintenance, nowMs)), 200)
  })
  api.openapi(extend(scopes), async c => {
    const { maintenance } = c.req.valid('param')
    const { end } = c.req.valid('json')
    const author = c.var.actor.id
    const body = await change(deps, c, async (trx, nowMs) => {
      const { title, endMs: startMs } = await extendable(trx, maintenance, nowMs)
      const endMs = wholeSecond('end', end)
      refuseOddEnd(startMs, endMs, MOST_DAYS)
      return add(deps, trx, { title, startMs, endMs, announcedMs: nowMs, extends: maintenance, author })
    })
    return c.json(body, 201)
  })
}

/** Longer is a mistake in a year or a month rather than work. */
const MOST_DAYS = 31

const common = { tags: ['availability'] }

const announce = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/maintenance',
    middleware: scopes.provider('availability:write'),
    summary: 'Announce maintenance',
    description:
      'It is announced now, to everyone. The answer says whether that is early enough, or whether the work counts against the SLA.',
    request: {
      body: jsonBody(
        z.strictObject({
          title: label(200).openapi({ example: 'New database' }),
          start: instant,
          end: instant,
        }),
      ),
    },
    responses: answers(201, 'The window.', maintenanceAnswer),
  })

const list = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'get',
    path: '/api/maintenance',
    middleware: scopes.anyone('availability:read'),
    summary: 'List maintenance',
    description: 'Every window of which some lies in the stretch, by its start; cancelled ones too.',
    request: { query: stretchQuery },
    responses: answers(200, 'All of them: there is no other page.', listOf(maintenanceAnswer)),
  })

const cancel = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/maintenance/{maintenance}/cancel',
    middleware: scopes.provider('availability:write'),
    summary: 'Cancel maintenance, or end it early',
    description: 'It ends now, and so does what extends it. Before its start it excludes nothing.',
    request: { params: maintenancePath },
    responses: answers(200, 'The window as it is now.', maintenanceAnswer),
  })

const extend = (scopes: Scopes) =>
  createRoute({
    ...common,
    method: 'post',
    path: '/api/maintenance/{maintenance}/extend',
    middleware: scopes.provider('availability:write'),
    summary: 'Extend maintenance',
    description:
      'The extension is a window of its own that begins where the old one ends and is announced now: its own notice counts.',
    request: { params: maintenancePath, body: jsonBody(z.strictObject({ end: instant })) },
    responses: answers(201, 'The extension.', maintenanceAnswer),
  })

async function add(
  deps: ControlDeps,
  trx: Transaction<Schema>,
  wanted: Omit<MaintenanceWindow, 'id' | 'cancelledMs'>,
) {
  const window: MaintenanceWindow = { ...wanted, id: newId('mnt'), cancelledMs: undefined }
  await addMaintenance(trx, window)
  const body = await show(deps, trx, window)
  const { id, title, start, end, countsAgainstSla } = body
  const details = { title, start, end, extends: body.extends, countsAgainstSla }
  await addEvent(trx, {
    type: 'maintenance.announced',
    everyone: true,
    atMs: window.announcedMs,
    data: { maintenance: id, ...details },
  })
  const audit = { action: 'maintenance.announced', subject: id, organizationId: undefined, details }
  return { body, audit }
}

async function cancelAll(deps: ControlDeps, trx: Transaction<Schema>, id: string, nowMs: number) {
  const window = await existing(trx, id)
  refuseCancelled(window)
  if (window.endMs <= nowMs) {
    throw new ProblemError('conflict', `The window was over at ${instantText(window.endMs)}.`)
  }
  const extensions: string[] = []
  for (let next: MaintenanceWindow | undefined = window; next; next = await extensionOf(trx, next.id)) {
    if (next.id !== id) extensions.push(next.id)
  }
  for (const each of [id, ...extensions]) await cancelMaintenance(trx, each, nowMs)
  const body = await show(deps, trx, { ...window, cancelledMs: nowMs })
  const { title, start, end, countsAgainstSla } = body
  await addEvent(trx, {
    type: 'maintenance.cancelled',
    everyone: true,
    atMs: nowMs,
    data: {
      maintenance: id,
      title,
      start,
      end,
      countsAgainstSla,
      cancelledAt: instantText(nowMs),
      extensions,
    },
  })
  const audit = { action: 'maintenance.cancelled', subject: id, organizationId: undefined }
  return { body, audit: { ...audit, details: { extensions } } }
}

/** The window, if it still can be made longer; throws `conflict` that says why not. */
async function extendable(trx: Transaction<Schema>, id: string, nowMs: number): Promise<MaintenanceWindow> {
  const window = await existing(trx, id)
  refuseCancelled(window)
  const extension = await extensionOf(trx, id)
  if (extension !== undefined) {
    const until = instantText(extension.endMs)
    throw new ProblemError('conflict', `It was extended until ${until} already; extend ${extension.id}.`)
  }
  if (window.endMs > nowMs) return window
  throw new ProblemError(
    'conflict',
    `The window was over at ${instantText(window.endMs)}; announce a new one.`,
  )
}

function refuseCancelled({ cancelledMs }: MaintenanceWindow): void {
  if (cancelledMs === undefined) return
  throw new ProblemError('conflict', `The window was cancelled at ${instantText(cancelledMs)}.`)
}

async function existing(db: Kysely<Schema>, id: string): Promise<MaintenanceWindow> {
  const window = await findMaintenance(db, id)
  if (window === undefined) throw notFound('maintenance')
  return window
}

async function show(deps: ControlDeps, db: Kysely<Schema>, window: MaintenanceWindow) {
  return showMaintenance(window, noticeHoursOf(await deps.agreements.versions(db), window))
}
