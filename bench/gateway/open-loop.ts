import { Agent, request } from 'undici'

/**
 * Sends at a fixed rate whatever the answers do, and counts each one's time from when it was due: a server that
 * stalls is charged for everyone who waited. Arguments: URL, headers as JSON, requests a second, seconds.
 */
const [url, headerText, rate, seconds] = process.argv.slice(2) as [string, string, string, string]
const headers = JSON.parse(headerText) as Record<string, string>
const dispatcher = new Agent({ connections: 64 })
const gapMs = 1000 / Number(rate)
/** Not measured: until its code is compiled and its connections stand, this client is the slow one. */
const WARM_SECONDS = 2
const warm = Number(rate) * WARM_SECONDS
const total = warm + Number(rate) * Number(seconds)
const times: number[] = []
let wrong = 0
let sent = 0
const began = performance.now() + 50

async function one(index: number): Promise<void> {
  const dueMs = began + index * gapMs
  const { statusCode, body } = await request(url, { headers, dispatcher })
  await body.dump()
  if (statusCode !== 200) wrong++
  if (index >= warm) times.push(performance.now() - dueMs)
}

const running: Promise<void>[] = []
await new Promise<void>(resolve => {
  const timer = setInterval(() => {
    while (sent < total && began + sent * gapMs <= performance.now()) running.push(one(sent++))
    if (sent < total) return
    clearInterval(timer)
    resolve()
  }, 1)
})
await Promise.all(running)
times.sort((a, b) => a - b)
const at = (share: number) => times[Math.floor(times.length * share)]!
process.stdout.write(JSON.stringify({ p50Ms: at(0.5), p99Ms: at(0.99), wrong }))
process.exit(0)
