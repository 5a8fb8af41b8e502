import { monthUsage } from '../../src/control-plane/usage/month-usage.ts'
import { usersByMonth } from '../../src/store/active-users.ts'
import { appIdsOf } from '../../src/store/apps.ts'
import { type StorePlace, readStore } from '../../src/store/open-store.ts'

/** Counts a month in a process of its own. Arguments: the store's place as JSON, the organization, the month. */
const [place, organization, month] = process.argv.slice(2) as [string, string, string]
await readStore(JSON.parse(place) as StorePlace, async db => {
  globalThis.gc!()
  const before = process.memoryUsage.rss()
  const started = spent()
  await usersByMonth(db, await appIdsOf(db, organization), month)
  const counted = spent()
  const usage = await monthUsage(db, organization, month)
  const ended = spent()
  process.stdout.write(
    JSON.stringify({
      MAU: usage.mau,
      peak: usage.connections,
      's to count MAU': counted.seconds - started.seconds,
      'CPU s to count MAU': counted.cpuSeconds - started.cpuSeconds,
      's for the whole month': ended.seconds - counted.seconds,
      'CPU s for the whole month': ended.cpuSeconds - counted.cpuSeconds,
      'memory grew, MiB': (process.resourceUsage().maxRSS * 1024 - before) / 2 ** 20,
    }),
  )
})

/** CPU of this process alone: a database server has its own. */
function spent() {
  const { user, system } = process.cpuUsage()
  return { seconds: performance.now() / 1000, cpuSeconds: (user + system) / 1e6 }
}
