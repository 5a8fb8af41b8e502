import * as fc from 'fast-check'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { SliceCounts, SliceGrid } from '../core/availability/slice-grid.ts'
import { createSliceSums } from '../core/availability/slice-sums.ts'
import type { SliceCount } from './batch.ts'
import { migrateTo, migrateToLatest } from './migrate.ts'
import type { Store } from './open-store.ts'
import { type PackPlace, packSlices } from './pack-slices.ts'
import { applyBatch } from './recording.ts'
import { serialized } from './serialized.ts'
import { addSlices, allAppsCounts, endpointCounts } from './slices.ts'
import { batch, countsOfApp } from './test-batches.ts'

const dayMs = Date.UTC(2026, 10, 10)
const DAY_MS = 86_400_000
const end = dayMs + 3 * DAY_MS
const apps = ['app_1', 'app_2']
const endpoints = ['Search', 'Send']

/** What packing slices must hold to on every database. */
export function runPackingSuite(name: string, open: () => Promise<Store>, numRuns: number): void {
  describe(`${name}: packing slices`, () => {
    let store: Store
    beforeEach(async () => {
      store = await open()
    })
    afterEach(async () => store.close())

    const add = async (slices: readonly SliceCount[], to = store) =>
      addSlices(
        to.db,
        slices,
        slices.map(each => ({ ...each, name: endpoints[apps.indexOf(each.name)]! })),
      )
    const rowsIn = async (table: 'app_slices' | 'endpoint_slices' | 'app_slice_days') => {
      const { n } = await store.db
        .selectFrom(table)
        .select(({ fn }) => fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow()
      return n
    }

    test('no figure changes, in whatever order slices come and are packed, and however long they are', async () => {
      await fc.assert(
        fc.asyncProperty(fc.array(happening, { maxLength: 8 }), async happenings => {
          const here = await open()
          try {
            const all: SliceCount[] = []
            for (const each of happenings) {
              if ('slices' in each) await add(each.slices, here)
              else await pack(here, each.beforeMs, each.mostRows)
              if ('slices' in each) all.push(...each.slices)
              for (const grid of grids) expect(await figures(here, grid)).toEqual(model(all, grid))
            }
          } finally {
            await here.close()
          }
        }),
        { numRuns },
      )
    })

    test('what is packed is no row any more, and what is younger stays one', async () => {
      await add(day('app_1').filter(({ sliceMs }) => sliceMs < dayMs + 7_200_000))
      await pack(store, dayMs + 3_600_000)
      expect([await rowsIn('app_slices'), await rowsIn('endpoint_slices')]).toEqual([360, 720])
      expect(await rowsIn('app_slice_days')).toBe(1)
      await pack(store, dayMs + 7_200_000)
      expect([await rowsIn('app_slices'), await rowsIn('endpoint_slices')]).toEqual([0, 0])
      expect(await rowsIn('app_slice_days')).toBe(1)
    })

    test('a steady day takes a dozen bytes, and one of busy noise some two bytes a slice', async () => {
      const calm = day('app_1', () => 100).map(each => ({ ...each, failed: 0 }))
      await add([...calm, ...day('app_2', at => 100 + ((at * 7919) % 60))])
      await pack(store, end)
      const days = await store.db.selectFrom('app_slice_days').select('counts').orderBy('name').execute()
      const [steady, noisy] = days.map(({ counts }) => counts.length)
      expect(steady).toBeLessThanOrEqual(12)
      expect(noisy).toBeLessThan(2.1 * 8640)
    })

    test('packing that is stopped in the middle leaves no trace, and goes on where it was', async () => {
      const slices = [...day('app_1'), ...day('app_2')]
      await add(slices)
      const before = await rowsIn('app_slices')
      const stopped = serialized(store.db, async trx => {
        const { rows } = await packSlices(trx, { place: undefined, beforeMs: end, mostRows: 2000 })
        expect(rows).toBeGreaterThanOrEqual(2000)
        throw new Error('killed')
      })
      await expect(stopped).rejects.toThrow('killed')
      expect([await rowsIn('app_slices'), await rowsIn('app_slice_days')]).toEqual([before, 0])
      await packStep(store, undefined, end, 2000)
      expect(await figures(store, grids[0]!)).toEqual(model(slices, grids[0]!))
      // A node that takes over begins anew.
      await pack(store, end)
      expect(await figures(store, grids[0]!)).toEqual(model(slices, grids[0]!))
      expect(await rowsIn('app_slices')).toBe(0)
    })

    test('what is recorded while it is being packed counts once', async () => {
      const slices = day('app_1').filter((_, at) => at % 12 === 0)
      await add(slices)
      const late = Array.from({ length: 20 }, (_, at) => slices.slice(at * 30, at * 30 + 300))
      const record = async () => {
        for (const [at, appSlices] of late.entries()) {
          await applyBatch(store.db, batch(at + 1, { appSlices }))
        }
      }
      const packing = async () => {
        for (let times = 0; times < 5; times++) await pack(store, end, 200)
      }
      await Promise.all([record(), packing()])
      const { app } = await figures(store, grids[0]!)
      expect(app).toEqual(model([...slices, ...late.flat()], grids[0]!).app)
    })

    test('a row that no day has a place for stays a row, counts, and holds up no other', async () => {
      const odd = [
        { name: 'app_1', sliceMs: dayMs + 1, seconds: 10, valid: 1, failed: 0 },
        { name: 'app_1', sliceMs: dayMs, seconds: 7, valid: 2, failed: 0 },
        { name: 'app_1', sliceMs: dayMs, seconds: 10, valid: 2 ** 40, failed: 0 },
      ]
      const good = { name: 'app_2', sliceMs: dayMs, seconds: 10, valid: 3, failed: 0 }
      await add([...odd, good])
      await pack(store, end)
      expect(await rowsIn('app_slices')).toBe(3)
      expect((await countsOfApp(store.db, 'app_2', grids[0]!)).valid[0]).toBe(3)
      await add([{ ...odd[2]!, valid: -(2 ** 40) }])
      expect((await countsOfApp(store.db, 'app_1', grids[0]!)).valid[0]).toBe(3)
    })

    test('a version from before finds every slice as a row again, with what came after it was packed', async () => {
      const slices = [...day('app_1').slice(0, 100), ...day('app_1', () => 1, 5).slice(0, 3)]
      await add(slices)
      await pack(store, end)
      await add(slices.slice(0, 2))
      await migrateTo(store.db, '0013-probe-apps')
      const rows = await store.db.selectFrom('app_slices').selectAll().execute()
      const total = rows.reduce((sum, { valid }) => sum + valid, 0)
      expect(rows).toHaveLength(103)
      expect(total).toBe([...slices, ...slices.slice(0, 2)].reduce((sum, { valid }) => sum + valid, 0))
      await migrateToLatest(store.db)
      const again = [...slices, ...slices.slice(0, 2)]
      expect(await figures(store, grids[0]!)).toEqual(model(again, grids[0]!))
    })
  })
}

async function packStep(store: Store, place: PackPlace | undefined, beforeMs: number, mostRows: number) {
  return serialized(store.db, trx => packSlices(trx, { place, beforeMs, mostRows }))
}

async function pack(store: Store, beforeMs: number, mostRows = 5000): Promise<void> {
  let place: PackPlace | undefined
  do {
    place = (await packStep(store, place, beforeMs, mostRows)).next
  } while (place !== undefined)
}

/** A day of slices, each with some requests. */
function day(name: string, valid = (at: number) => 1 + (at % 50), seconds = 10): SliceCount[] {
  return Array.from({ length: 86_400 / seconds }, (_, at) => {
    return { name, sliceMs: dayMs + at * seconds * 1000, seconds, valid: valid(at), failed: at % 3 }
  })
}

/** The first day, and some of each with the days beside it, on slices of other lengths. */
const grids: readonly SliceGrid[] = [
  { startMs: dayMs, seconds: 10, length: 8640 },
  { startMs: dayMs + DAY_MS - 60_000, seconds: 10, length: 12 },
  { startMs: dayMs - 300_000, seconds: 6, length: 70 },
  { startMs: dayMs, seconds: 60, length: 3 * 1440 },
]

const slice = fc.record({
  name: fc.constantFrom(...apps),
  at: fc.oneof(fc.constantFrom(0, 86_340, 86_390, 86_400), fc.integer({ min: -100, max: 200_000 })),
  seconds: fc.constantFrom(5, 10, 60),
  valid: fc.integer({ min: -2, max: 500 }),
  failed: fc.integer({ min: -1, max: 9 }),
})
const happening = fc.oneof(
  fc.record({
    slices: fc.array(
      slice.map(({ at, ...rest }): SliceCount => {
        return {
          ...rest,
          sliceMs: dayMs + (at - (((at % rest.seconds) + rest.seconds) % rest.seconds)) * 1000,
        }
      }),
      { maxLength: 12 },
    ),
  }),
  fc.record({
    beforeMs: fc.integer({ min: -10, max: 60 }).map(hours => dayMs + hours * 3_600_000),
    mostRows: fc.constantFrom(1, 3, 1000),
  }),
)

async function figures({ db }: Store, grid: SliceGrid) {
  return {
    app: sparse(await countsOfApp(db, apps[0]!, grid)),
    endpoint: sparse(await endpointCounts(db, [endpoints[1]!], grid)),
    endpoints: sparse(await endpointCounts(db, endpoints, grid)),
    allApps: sparse(await allAppsCounts(db, grid)),
  }
}

function model(slices: readonly SliceCount[], grid: SliceGrid) {
  const sumsOf = (names: readonly string[]) => {
    const sums = createSliceSums(grid)
    for (const each of slices) {
      if (names.includes(each.name)) sums.add(each.sliceMs, each.valid, each.failed)
    }
    return sparse(sums.counts())
  }
  const all = sumsOf(apps)
  return { app: sumsOf([apps[0]!]), endpoint: sumsOf([apps[1]!]), endpoints: all, allApps: all }
}

/** What is not zero, in one text: quick to compare. */
function sparse({ valid, failed }: SliceCounts): string {
  const words: string[] = []
  for (let at = 0; at < valid.length; at++) {
    if (valid[at] || failed[at]) words.push(`${at}: ${valid[at]} ${failed[at]}`)
  }
  return words.join(', ')
}
