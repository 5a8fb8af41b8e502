import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** An upstream that a test kills, stops and slows down. `PUT /delay` with milliseconds makes every later answer wait. */
let delayMs = 0

const server = createServer((request, response) => {
  if (request.url !== '/delay') {
    request.resume()
    setTimeout(() => response.end('ok'), delayMs)
    return
  }
  let asked = ''
  request.setEncoding('utf8').on('data', (part: string) => (asked += part))
  request.on('end', () => {
    delayMs = Number(asked)
    response.end()
  })
})
server.listen(Number(process.argv[2]), '127.0.0.1', () => {
  process.stdout.write(`listening on ${(server.address() as AddressInfo).port}\n`)
})
