import { Agent } from 'node:http'
import express from 'express'
import { rateLimit } from 'express-rate-limit'
import { createProxyMiddleware } from 'http-proxy-middleware'

/** Express with http-proxy-middleware and express-rate-limit by API key. */
const [port, upstream, best] = process.argv.slice(2)
const app = express()
app.disable('x-powered-by')
app.use(
  rateLimit({
    windowMs: 60_000,
    limit: 1_000_000_000,
    standardHeaders: 'draft-8',
    keyGenerator: request => request.headers['x-api-key'] as string,
  }),
)
app.use(
  createProxyMiddleware({
    target: `http://127.0.0.1:${upstream}`,
    ...(best === 'best' && { agent: new Agent({ keepAlive: true, maxSockets: 128 }) }),
  }),
)
app.listen(Number(port), '127.0.0.1', 4096, () => process.stdout.write('ready\n'))
