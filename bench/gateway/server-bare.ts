import { createServer } from 'node:http'
import { Pool } from 'undici'

/** The floor: node:http and undici, passing everything through and doing nothing. */
const [port, upstream] = process.argv.slice(2)
const pool = new Pool(`http://127.0.0.1:${upstream}`)

createServer((request, response) => {
  const headers = { ...request.headers }
  delete headers.host
  delete headers.connection
  pool.dispatch(
    { method: request.method as 'GET', path: request.url!, headers, body: null },
    {
      onRequestStart() {},
      onResponseStart(_, status, answered) {
        delete answered['connection']
        delete answered['keep-alive']
        response.writeHead(status, answered as Record<string, string>)
      },
      onResponseData: (_, chunk) => void response.write(chunk),
      onResponseEnd: () => void response.end(),
      onResponseError: () => void response.writeHead(502).end(),
    },
  )
}).listen(Number(port), '127.0.0.1', 4096, () => process.stdout.write('ready\n'))
