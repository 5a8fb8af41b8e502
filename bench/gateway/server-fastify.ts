import proxy from '@fastify/http-proxy'
import rateLimit from '@fastify/rate-limit'
import fastify from 'fastify'

/** Fastify with @fastify/http-proxy and @fastify/rate-limit by API key, each as its documentation sets it up. */
const [port, upstream, best] = process.argv.slice(2)
const app = fastify()
await app.register(rateLimit, {
  max: 1_000_000_000,
  timeWindow: '1 minute',
  keyGenerator: request => request.headers['x-api-key'] as string,
  ...(best === 'best' && { cache: 100_000, addHeaders: {} }),
})
await app.register(proxy, {
  upstream: `http://127.0.0.1:${upstream}`,
  ...(best === 'best' && { undici: { connections: 128, pipelining: 1 } }),
})
await app.listen({ port: Number(port), host: '127.0.0.1', backlog: 4096 })
process.stdout.write('ready\n')
