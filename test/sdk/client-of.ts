import { type Client, type ClientOptions, createClient } from '../../sdk/src/weir-client.ts'
import type { TestApp, TestWeir } from '../e2e/harness.ts'

/** A client of the app, with a token of these claims. */
export async function clientOf(
  weir: TestWeir,
  app: TestApp,
  options: Partial<ClientOptions> & { claims?: Record<string, unknown> } = {},
): Promise<Client> {
  const { claims = { user_id: 'ann' }, ...rest } = options
  const token = await app.token(claims)
  return createClient({ baseUrl: weir.weir.gatewayUrl, apiKey: app.apiKey, token, ...rest })
}
