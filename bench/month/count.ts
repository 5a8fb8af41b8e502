import { monthUsage } from '../../src/control-plane/usage/month-usage.ts'
import { usersByMonth } from '../../src/store/active-users.ts'
import { type StorePlace, readStore } from '../../src/store/open-store.ts'

/** Counts a month in a process of its own. Arguments: the store's place as JSON, the organization, the month. */
const [place, organization, month] = process.argv.slice(2) as [string, string, string]
await readStore(JSON.parse(place) as StorePlace, async db => {
  globalThis.gc!()
  const before = process.memoryUsage.rss()
  const startedMs = performance.now()
  await usersByMonth(db, organization, month)
  const countedMs = performance.now()
  const usage = await monthUsage(db, organization, month)
  process.stdout.write(
    JSON.stringify({
      MAU: usage.mau,
      peak: usage.connections,
      's to count MAU': (countedMs - startedMs) / 1000,
      's for the whole month': (performance.now() - countedMs) / 1000,
      'memory grew, MiB': (process.resourceUsage().maxRSS * 1024 - before) / 2 ** 20,
    }),
  )
})
