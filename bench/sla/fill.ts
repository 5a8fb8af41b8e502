import { readFileSync } from 'node:fs'
import { type Kysely, sql } from 'kysely'
import { addApp } from '../../src/store/apps.ts'
import { addContractVersion } from '../../src/store/contracts.ts'
import { numbersOf } from '../../src/store/names.ts'
import { addOrganization } from '../../src/store/organizations.ts'
import type { Schema, SliceRows } from '../../src/store/schema.ts'
import { DAY_MS, type SliceDay, emptyDay, packDay } from '../../src/store/slice-day.ts'
import { addSubscription } from '../../src/store/subscriptions.ts'

/** Four months: at the close of the last one the three before are looked at again. */
export const START_MS = Date.UTC(2026, 6, 1)
export const LAST_MONTH = '2026-10'
export const END_MS = Date.UTC(2026, 10, 1)
const SECONDS = 10
const endpoints = ['SendMessage', 'QueryChannels', 'Search', 'GetApp', 'MarkRead']

/** Customers with an app each, of the contract that is ready to copy. */
export async function addCustomers(db: Kysely<Schema>, count: number): Promise<void> {
  const yaml = readFileSync(new URL('../../contracts/chat.yaml', import.meta.url), 'utf8')
  const dates = { loadedMs: START_MS, pricesFromMs: START_MS }
  await addContractVersion(db, { yaml, documents: {}, source: 'file', ...dates })
  for (let at = 0; at < count; at++) {
    const [organizationId, name] = [`org_${at}`, `app_${at}`]
    const common = { organizationId, createdMs: START_MS }
    const named = { name, billing: {}, eligibility: undefined, createdMs: START_MS }
    await addOrganization(db, { ...named, id: organizationId })
    await addApp(db, { ...common, id: name, name, sealedSecret: Uint8Array.of(1) })
    const chosen = { plan: 'growth', supportPlan: 'business', addOns: [], interval: 'monthly' as const }
    await addSubscription(db, {
      ...common,
      ...chosen,
      id: `sub_${at}`,
      fromMs: START_MS,
      author: 'operator',
    })
  }
}

/** How many valid requests a slice of an app has, and how many of them failed. */
export type Traffic = (app: number, slice: number) => readonly [valid: number, failed: number]

/** Like a scattered hundred; one in a thousand fails: one slice in ten has a failure, and none is down. */
export const busy: Traffic = (app, slice) => {
  const noise = scatter(app * 8640 + slice)
  return [80 + (noise % 41), (noise >>> 8) % 10 === 0 ? 1 : 0]
}

export const veryBusy: Traffic = (app, slice) => {
  const noise = scatter(app * 8640 + slice)
  return [9_600 + (noise % 801), (noise >>> 10) % 20]
}

/** A request in one slice of forty. */
export const quiet: Traffic = (app, slice) => [scatter(app * 8640 + slice) % 40 === 0 ? 1 : 0, 0]

function scatter(seed: number): number {
  let mixed = Math.imul(seed ^ (seed >>> 16), 0x45d9f3b)
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x45d9f3b)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** A month of one app's slices as recording leaves them: a row for each in which something arrived. */
export async function fillRows(db: Kysely<Schema>, app: number, traffic: Traffic, days: number) {
  const name = (await numbersOf(db, [`app_${app}`])).get(`app_${app}`)!
  await db.transaction().execute(async trx => {
    for (let day = 0; day < days; day++) {
      const rows = Array.from({ length: DAY_MS / SECONDS / 1000 }, (_, slice) => {
        const [valid, failed] = traffic(app, day * 8640 + slice)
        return [START_MS + day * DAY_MS + slice * SECONDS * 1000, valid, failed]
      }).filter(([, valid]) => valid! > 0)
      await sql`
        insert into app_slices (name, slice_ms, seconds, valid, failed)
        select ${name}, value ->> 0, ${SECONDS}, value ->> 1, value ->> 2 from json_each(${JSON.stringify(rows)})
      `.execute(trx)
    }
  })
}

/** All four months of so many apps, as packing leaves them: of 1,000 apps they would be a billion rows before. */
export async function fillPacked(db: Kysely<Schema>, apps: number, traffic: Traffic): Promise<void> {
  const names = Array.from({ length: apps }, (_, app) => `app_${app}`)
  const numbers = await numbersOf(db, [...names, ...endpoints])
  for (let dayMs = START_MS; dayMs < END_MS; dayMs += DAY_MS) {
    const all = emptyDay(SECONDS)
    await db.transaction().execute(async trx => {
      const put = async (table: SliceRows, number: number, day: SliceDay) => {
        const row = { name: number, day_ms: dayMs, seconds: SECONDS, counts: packDay(day) }
        const days = table === 'app_slices' ? 'app_slice_days' : 'endpoint_slice_days'
        await trx.insertInto(days).values(row).execute()
      }
      for (const [app, name] of names.entries()) {
        const day = emptyDay(SECONDS)
        for (let slice = 0; slice < day.valid.length; slice++) {
          const [valid, failed] = traffic(app, (dayMs / DAY_MS) * 8640 + slice)
          day.valid[slice] = valid
          day.failed[slice] = failed
          all.valid[slice]! += valid
          all.failed[slice]! += failed
        }
        await put('app_slices', numbers.get(name)!, day)
      }
      // As if each endpoint had a fifth of all requests; none has the number 0, which is all of them.
      const fifth = {
        valid: all.valid.map(n => Math.ceil(n / 5)),
        failed: all.failed.map(n => Math.floor(n / 5)),
      }
      for (const endpoint of endpoints) await put('endpoint_slices', numbers.get(endpoint)!, fifth)
      await put('endpoint_slices', 0, all)
    })
  }
}
