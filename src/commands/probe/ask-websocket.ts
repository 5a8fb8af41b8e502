import { WebSocket } from 'ws'
import type { Ask } from './ask.ts'

/** The other side said nothing about why, or that all is well. */
const IN_GOOD_ORDER = [1000, 1005]
const MOST_MESSAGE_BYTES = 2 ** 20

export const askWebSocket: Ask = async ({ url, headers }, _, signal, answered) => {
  const address = new URL(url)
  address.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:'
  const done = Promise.withResolvers<string | undefined>()
  const socket = new WebSocket(address, {
    headers,
    followRedirects: false,
    perMessageDeflate: false,
    maxPayload: MOST_MESSAGE_BYTES,
  })
  const stop = () => {
    done.reject(signal.reason)
    socket.terminate()
  }
  signal.addEventListener('abort', stop, { once: true })
  socket.once('open', () => {
    answered(101)
    socket.close(1000)
  })
  socket.once('unexpected-response', (request, response) => {
    done.resolve(`answered ${response.statusCode}, not 101`)
    request.destroy()
  })
  socket.on('error', done.reject)
  socket.once('close', code => {
    done.resolve(IN_GOOD_ORDER.includes(code) ? undefined : closedWords(code))
  })
  try {
    return await done.promise
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

function closedWords(code: number): string {
  return code === 1006
    ? 'the WebSocket opened, and was cut instead of closed'
    : `the WebSocket opened, and was closed with ${code}`
}
