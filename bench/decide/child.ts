import { subjects } from './subjects.ts'

/** Measures one subject in this process: NAME, `one` or `three`, users, `uniform` or `zipf`. */
const [name, kind, count, spread] = process.argv.slice(2) as [
  string,
  'one' | 'three',
  string,
  'uniform' | 'zipf',
]
const users = Number(count)
const names = Array.from({ length: users }, (_, i) =>
  Buffer.from(`user-${((i * 7919) % users).toString(36)}-${i}`, 'latin1'),
)
const order = spread === 'uniform' ? uniform(users) : zipf(users)
/** So many that the compiler is done with every subject before it is measured. */
const WARM_UP = 2_000_000
const MEASURED = 1_000_000
/** Strings that are made at once; they stay in the young generation. */
const BATCH = 1000

globalThis.gc!()
const before = process.memoryUsage.rss()
const decide = subjects[name]![kind](users)
// Every user once, so that all counters are live.
for (const user of names) await decide(user.latin1Slice())
globalThis.gc!()
const bytes = (process.memoryUsage.rss() - before) / users
let asked = 0
const spent = { cpuNs: 0, wallNs: 0 }
await spend(WARM_UP)
spent.cpuNs = spent.wallNs = 0
await spend(MEASURED)

process.stdout.write(
  JSON.stringify({
    'CPU ns': spent.cpuNs / MEASURED,
    'wall ns': spent.wallNs / MEASURED,
    ...(users >= 1_000_000 && spread === 'uniform' && { 'bytes a counter': bytes }),
  }),
)
process.exit(0)

/**
 * Every decision gets a string that nobody has seen, as a parser makes one of each request: a string that is used again
 * has its hash with it, and no request's has. Making them is not measured.
 */
async function spend(decisions: number): Promise<void> {
  for (let done = 0; done < decisions; done += BATCH) {
    const requests = Array.from({ length: BATCH }, () => names[order[asked++ % order.length]!]!.latin1Slice())
    const cpu = process.cpuUsage()
    const started = process.hrtime.bigint()
    for (const user of requests) {
      const decision = decide(user)
      if (decision instanceof Promise) await decision
    }
    spent.wallNs += Number(process.hrtime.bigint() - started)
    const { user, system } = process.cpuUsage(cpu)
    spent.cpuNs += (user + system) * 1000
  }
}

/** A fixed shuffle: the same for every subject. */
function uniform(length: number): Uint32Array {
  let seed = 42
  return Uint32Array.from({ length: Math.min(length, 1 << 20) }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return seed % length
  })
}

/** Rank r is asked for in proportion to 1/r, as users of real APIs come. */
function zipf(length: number): Uint32Array {
  const harmonic = Math.log(length) + 0.577
  let seed = 42
  return Uint32Array.from({ length: 1 << 20 }, () => {
    seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0
    return Math.min(length - 1, Math.floor(Math.exp((seed / 2 ** 32) * harmonic)) - 1)
  })
}
