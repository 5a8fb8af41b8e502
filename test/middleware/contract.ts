import { SignJWT } from 'jose'
import type { AppOption } from '../../src/data-plane/middleware/apps-option.ts'

/** Small limits, so that each is reached with a few requests. */
export const contractText = `
weir: 1
name: middleware
currency: USD
upstream: { url: 'http://127.0.0.1:4000' }
identity:
  apiKey: { query: api_key, header: x-api-key }
  token: { header: authorization, query: authorization }
  userClaim: user_id
platforms:
  server: { token: server }
  ios: { header: x-client, matches: ios }
  web: { default: true }
endpoints:
  Connect: GET /connect (websocket)
  GetApp: GET /app
  UpsertUsers: POST /users
  QueryUsers: GET /users
  SendMessage: POST /channels/{type}/{id}/message
  Login: POST /login (no token)
unmatched: reject
limits:
  user: { default: 3, QueryUsers: off }
  app: { default: 1000, QueryUsers: 60, SendMessage: 4 }
  burst: { divisor: 30 }
cors: { origins: ['https://good.example'], maxAgeSeconds: 600 }
`

const secret = 'a secret of at least thirty-two bytes'

export const apps: readonly AppOption[] = [
  { id: 'app-one', name: 'One', apiKeys: ['key-one', 'key-one-new'], secret },
  { id: 'app-two', apiKeys: ['key-two'], secret, suspended: true },
]

export function token(claims: Record<string, unknown>, signedWith = secret): Promise<string> {
  return new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(signedWith))
}
