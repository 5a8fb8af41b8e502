import { subjects } from './subjects.ts'

/** Measures one subject in this process: NAME, `one` or `three`, users, `uniform` or `zipf`. */
const [name, kind, count, spread] = process.argv.slice(2) as [
  string,
  'one' | 'three',
  string,
  'uniform' | 'zipf',
]
const users = Number(count)
// Flat strings, as a parser gives them: joined ones would be flattened, and paid for, in the first decision.
const names = Array.from({ length: users }, (_, i) =>
  Buffer.from(`user-${((i * 7919) % users).toString(36)}-${i}`).toString('latin1'),
)
const order = spread === 'uniform' ? uniform(users) : zipf(users)
const MEASURED = 1_000_000

globalThis.gc!()
const before = process.memoryUsage.rss()
const decide = subjects[name]![kind](users)
// Every user once, so that all counters are live; then as many again to warm up.
for (const user of names) await decide(user)
globalThis.gc!()
const bytes = (process.memoryUsage.rss() - before) / users
await spend(300_000)

const cpu = process.cpuUsage()
const started = process.hrtime.bigint()
await spend(MEASURED)
const wallNs = Number(process.hrtime.bigint() - started)
const { user, system } = process.cpuUsage(cpu)

process.stdout.write(
  JSON.stringify({
    'CPU ns': ((user + system) * 1000) / MEASURED,
    'wall ns': wallNs / MEASURED,
    ...(users >= 1_000_000 && spread === 'uniform' && { 'bytes a counter': bytes }),
  }),
)
process.exit(0)

async function spend(decisions: number): Promise<void> {
  for (let i = 0; i < decisions; i++) {
    const decision = decide(names[order[i % order.length]!]!)
    if (decision instanceof Promise) await decision
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
