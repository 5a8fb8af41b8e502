import { expectTypeOf, it } from 'vitest'
import type { components, paths } from '../../examples/client/chat-api.ts'
import { type Answer, createClient } from './weir-client.ts'

/** As openapi-typescript writes what the chat API does not have. */
interface OddPaths {
  '/export': {
    get: {
      parameters: { query?: never; path?: never }
      responses: { 200: { content: { 'text/csv': string } } }
    }
  }
  '/image': {
    get: { responses: { 200: { content: { 'image/png': string } }; 204: { content?: never } } }
    put: { requestBody: { content: { 'image/png': string } }; responses: { 204: { content?: never } } }
  }
  '/health': {
    get: { responses: { default: { content: { 'application/health+json': { up: boolean } } } } }
  }
}

const chat = createClient<paths>({ baseUrl: 'https://api.test' })
const odd = createClient<OddPaths>({ baseUrl: 'https://api.test' })
const untyped = createClient({ baseUrl: 'https://api.test' })

// The compiler is the test: none of these calls is made.
it('data is what the document says of successes', () => {
  const search = () => chat.get('/search', { query: { q: 'river' } })
  expectTypeOf(search).returns.resolves.toEqualTypeOf<
    Answer<{ messages: components['schemas']['Message'][] }>
  >()
  const send = () =>
    chat.post('/channels/{type}/{id}/message', {
      params: { type: 'messaging', id: 'general' },
      body: { message: { text: 'Hi', level: 4.2 } },
    })
  expectTypeOf(send).returns.resolves.toEqualTypeOf<Answer<components['schemas']['MessageAnswer']>>()
  expectTypeOf(() => odd.get('/export')).returns.resolves.toEqualTypeOf<Answer<string>>()
  expectTypeOf(() => odd.get('/image')).returns.resolves.toEqualTypeOf<Answer<Blob | undefined>>()
  expectTypeOf(() => odd.get('/health')).returns.resolves.toEqualTypeOf<Answer<{ up: boolean }>>()
  expectTypeOf(() => untyped.get('/any')).returns.resolves.toEqualTypeOf<Answer<unknown>>()
  expectTypeOf(() => untyped.get<number>('/any')).returns.resolves.toEqualTypeOf<Answer<number>>()
})

it('what the document does not have does not compile', () => {
  const aborting = new AbortController()
  const calls = [
    () => chat.get('/app'),
    () => chat.get('/app', { signal: aborting.signal }),
    () => chat.post('/channels'),
    () => chat.post('/channels', { body: { filter: { type: 'messaging' } } }),
    () => chat.get('/users', { query: { id: ['ann'], limit: 3 } }),
    () => odd.put('/image', { body: new Blob([]) }),
    // @ts-expect-error no such path
    () => chat.get('/nowhere'),
    // @ts-expect-error no such method
    () => chat.put('/app'),
    // @ts-expect-error the query is required
    () => chat.get('/search'),
    // @ts-expect-error a parameter of the query that is not there
    () => chat.get('/users', { query: { name: 'ann' } }),
    // @ts-expect-error a path parameter is missing
    () => chat.post('/channels/{type}/{id}/read', { params: { type: 'messaging' } }),
    // @ts-expect-error no body where there is none
    () => chat.get('/app', { body: {} }),
    // @ts-expect-error the body is required
    () => chat.post('/users'),
    // @ts-expect-error a body of another shape
    () => chat.post('/users', { body: { users: [] } }),
  ]
  expectTypeOf(calls).items.toBeFunction()
})
