import { type Socket, connect } from 'node:net'

/** What the parent sends first: how many connections to open, and what a client says at once on its kind of them. */
export interface SlowOrder {
  readonly port: number
  readonly count: number
  /** By turns, all but the last; of that a fiftieth, because an upload takes a connection to the upstream too. */
  readonly starts: readonly string[]
}

/** What it hears: when all stand, and once more, asked for, how many of them still do. */
export interface SlowReport {
  readonly open: number
}

/** The clients of slow-clients.test.ts, in a process of their own: each side has its own file descriptors. */
const slow: Socket[] = []
let starts: readonly string[] = []

process.on('message', (order: SlowOrder | 'count') => {
  if (order === 'count') report()
  else void openAll(order).then(report)
})
// Without its parent nobody needs it.
process.on('disconnect', () => process.exit())

function report(): void {
  const told: SlowReport = { open: slow.filter(({ closed, destroyed }) => !closed && !destroyed).length }
  process.send!(told)
}

const kindOf = (i: number) => (i % 50 === 0 ? starts.length - 1 : i % (starts.length - 1))

async function openAll(order: SlowOrder): Promise<void> {
  starts = order.starts
  while (slow.length < order.count) {
    const from = slow.length
    const batch = Array.from({ length: Math.min(250, order.count - from) }, (_, i) =>
      open(order.port, starts[kindOf(from + i)]!),
    )
    slow.push(...(await Promise.all(batch)))
  }
  // A tenth of those that have begun to say something go on, a byte at a time.
  setInterval(() => {
    for (let i = 0; i < slow.length; i += 10) if (kindOf(i) !== 0) slow[i]!.write('x')
  }, 500)
}

async function open(port: number, bytes: string): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  await new Promise<void>((resolve, reject) => socket.once('connect', resolve).once('error', reject))
  socket.on('error', () => socket.destroy())
  socket.write(bytes)
  return socket
}
