import { createClient, WeirError } from 'weir-client'
import type { paths } from './chat-api.ts'

const { API, KEY, TOKEN } = process.env as { API: string; KEY: string; TOKEN: string }

const client = createClient<paths>({ baseUrl: API, apiKey: KEY, token: TOKEN, pace: true })
const general = { type: 'messaging', id: 'general' }

// Paths, parameters, query, body and data are the document's.
await client.post('/channels/{type}/{id}/query', { params: general, body: { data: { topic: 'rivers' } } })
const { data, metadata } = await client.post('/channels/{type}/{id}/message', {
  params: general,
  body: { message: { text: 'The river is high today', level: 4.2 } },
})
const { rateLimitRemaining, rateLimitReset } = metadata.rateLimit
process.stdout.write(
  `${data.message.user_id}: ${data.message.text} (${rateLimitRemaining} left until ${rateLimitReset?.toISOString()})\n`,
)

const found = await client.get('/search', { query: { q: 'river' } })
process.stdout.write(`${found.data.messages.length} found\n`)

try {
  await client.get('/search', { query: { q: '?' } })
} catch (error) {
  if (!(error instanceof WeirError)) throw error
  process.stdout.write(`${error.code} ${error.metadata.responseCode}: ${error.detail}\n`)
}
