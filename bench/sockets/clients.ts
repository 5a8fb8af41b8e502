import { WebSocket } from 'ws'

/**
 * Opens many sockets and keeps them, then sends one message a time over one after the other at a fixed rate, each with
 * the instant it was due, and prints how long their echoes took. Arguments: URL, headers as JSON, sockets, messages a
 * second, seconds. Prints `open` first, and begins to send when it reads a line.
 */
const [url, headerText, count, rate, seconds] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
  string,
]
const headers = JSON.parse(headerText) as Record<string, string>
const gapMs = 1000 / Number(rate)
/** Not measured: until its code is compiled, this client is the slow one. */
const WARM_SECONDS = 2
const warm = Number(rate) * WARM_SECONDS
const total = warm + Number(rate) * Number(seconds)
const sockets: WebSocket[] = []
const times: number[] = []
let echoed = 0
let wrong = 0

async function open(): Promise<void> {
  const socket = new WebSocket(url, { headers, perMessageDeflate: false })
  await new Promise<void>((resolve, reject) => socket.once('open', resolve).once('error', reject))
  socket.on('message', data => {
    if (++echoed > warm) times.push(performance.now() - Number(String(data)))
  })
  socket.on('close', () => wrong++)
  sockets.push(socket)
}

while (sockets.length < Number(count)) {
  await Promise.all(Array.from({ length: Math.min(100, Number(count) - sockets.length) }, open))
}
process.stdout.write('open\n')
await new Promise(resolve => process.stdin.once('data', resolve))

const began = performance.now() + 50
let sent = 0
await new Promise<void>(resolve => {
  const timer = setInterval(() => {
    while (sent < total && began + sent * gapMs <= performance.now()) {
      sockets[sent % sockets.length]!.send(String(began + sent * gapMs))
      sent++
    }
    if (echoed < total) return
    clearInterval(timer)
    resolve()
  }, 1)
})
times.sort((a, b) => a - b)
const at = (share: number) => times[Math.floor(times.length * share)]!
process.stdout.write(`${JSON.stringify({ p50Ms: at(0.5), p99Ms: at(0.99), wrong, messages: total })}\n`)
process.exit(0)
