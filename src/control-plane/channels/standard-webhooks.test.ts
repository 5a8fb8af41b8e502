import { expect, test } from 'vitest'
import { newWebhookSecret, signedFields } from './standard-webhooks.ts'

const secret = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'
const sentAtMs = 1_614_265_330_000

/** Both as the specification's own JavaScript library (1.1.1) signs them. */
test.each([
  ['msg_p5jXN8AQM9LtM0D4loKWxJek', '{"test": 2432232314}', 'qAqlgV2+Rk0tnz759O2qZ6w7C2xFbUbviY3ZMj8HYLw='],
  ['evt_0', '{"name":"Zoë €"}', '+jbgjXYt1OyL01Km0ZKUv0nza46oq2eq4IruhWlzgoE='],
])('%s is signed as the specification’s library signs it', (id, body, signature) => {
  expect(signedFields({ id, sentAtMs, body }, [secret])).toEqual({
    'webhook-id': id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': `v1,${signature}`,
  })
})

test('each of two secrets signs', () => {
  const message = { id: 'evt_0', sentAtMs, body: '{}' }
  const other = newWebhookSecret()
  const sign = (secrets: string[]) => signedFields(message, secrets)['webhook-signature']
  expect(sign([other, secret])).toBe(`${sign([other])} ${sign([secret])}`)
})

test('a new secret has 256 random bits', () => {
  const [one, two] = [newWebhookSecret(), newWebhookSecret()]
  expect(one).not.toBe(two)
  expect(one).toMatch(/^whsec_[A-Za-z0-9+/]{43}=$/)
})
