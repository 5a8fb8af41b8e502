import { enableCompileCache } from 'node:module'
import { parseArgs } from 'node:util'

/** Runs the chat API alone: `node examples/chat/main.ts --port 4000 --data chat.db`. */

const usage = `The chat API: an example of an API behind Weir.

  --port N      the port to listen on (4000)
  --host HOST   the address to listen on (127.0.0.1: only Weir on the same machine reaches it)
  --data FILE   where to keep the data (in memory: gone when it stops)

With WEIR_UPSTREAM_KEY in the environment, only requests that Weir signed with that key are answered.
`

async function main(): Promise<void> {
  const { port, host, data, help } = readArguments()
  if (help) {
    process.stdout.write(usage)
    return
  }
  // Halves the time of every start but the first; it covers what is imported after it.
  enableCompileCache()
  const [{ pino }, { createChatServer }] = await Promise.all([import('pino'), import('./server.ts')])
  const log = pino({ name: 'chat' })
  const upstreamKey = process.env.WEIR_UPSTREAM_KEY || undefined
  const server = await createChatServer({ database: data, upstreamKey, log })
  const { url } = await server.listen(port, host)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void server.close())
  log.info({ url, data, signed: upstreamKey !== undefined }, 'the chat API is ready')
}

function readArguments() {
  const text = { type: 'string' } as const
  const { values } = parseArgs({ options: { port: text, host: text, data: text, help: { type: 'boolean' } } })
  const { port = '4000', host = '127.0.0.1', data = ':memory:', help = false } = values
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535)
    throw new Error(`--port must be 0 to 65535, not ${port}`)
  return { port: Number(port), host, data, help }
}

try {
  await main()
} catch (error) {
  const because = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : ''
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${because}\n`)
  process.exitCode = 1
}
