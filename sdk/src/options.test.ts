import { describe, expect, it } from 'vitest'
import { addCredentials, addQueryCredentials } from './credentials.ts'
import { type ClientOptions, readOptions } from './options.ts'

const baseUrl = 'https://api.test'

describe('options that cannot be meant are refused with what was expected', () => {
  it.each<[Partial<ClientOptions> & Record<string, unknown>, RegExp]>([
    [{ baseUrl: 'api.test' }, /baseUrl must be an http or https URL .* not "api\.test"/],
    [{ baseUrl: 'ftp://api.test' }, /baseUrl/],
    [{ baseUrl: 'https://me:secret@api.test' }, /baseUrl/],
    [{ retries: 3 }, /no option "retries"; it takes baseUrl, apiKey/],
    [{ retry: { tries: 0 } }, /retry\.tries must be a whole number from 1, or Infinity, not 0/],
    [{ retry: { tries: 1.5 } }, /not 1\.5/],
    [{ retry: { baseMs: -1 } }, /retry\.baseMs must be a number of milliseconds from 0, not -1/],
    [{ reconnect: { capMs: NaN } }, /reconnect\.capMs/],
    [{ pace: { whenExhausted: 'explode' as 'wait' } }, /"wait" or "refuse", not "explode"/],
  ])('%o', (options, message) => {
    expect(() => readOptions({ baseUrl, ...options })).toThrow(message)
  })
})

it('what is left out is filled in', () => {
  const settings = readOptions({ baseUrl: 'https://api.test/v2/', retry: { tries: 2 }, pace: true })
  expect(settings.baseUrl).toBe('https://api.test/v2')
  expect(settings.retry).toEqual({ tries: 2, baseMs: 250, capMs: 10_000, maxWaitMs: 120_000 })
  expect(settings.pace).toEqual({})
  expect(readOptions({ baseUrl, retry: false, pace: false })).toMatchObject({
    retry: { tries: 1 },
    pace: undefined,
  })
})

describe('key and token', () => {
  async function placed(options: Partial<ClientOptions>) {
    const url = new URL(`${baseUrl}/app?a=1`)
    const headers = new Headers()
    await addCredentials(readOptions({ baseUrl, apiKey: 'k', token: 't', ...options }), url, headers)
    return { search: url.search, headers: Object.fromEntries(headers) }
  }

  it('go into headers, or where the contract wants them', async () => {
    const usual = { 'x-api-key': 'k', authorization: 'Bearer t' }
    expect(await placed({})).toEqual({ search: '?a=1', headers: usual })
    const identity = { apiKey: { query: 'key' }, token: { header: 'x-token', query: 'token' } }
    expect(await placed({ identity })).toEqual({ search: '?a=1&key=k', headers: { 'x-token': 't' } })
    expect((await placed({ token: async () => 'Bearer fresh' })).headers['authorization']).toBe(
      'Bearer fresh',
    )
  })

  it('that are no text are an error and not sent', async () => {
    await expect(placed({ token: () => undefined as unknown as string })).rejects.toThrow(/not undefined/)
  })

  it('of a WebSocket need a name in the query', () => {
    const settings = readOptions({ baseUrl, apiKey: 'k', identity: { token: { header: 'x-token' } } })
    expect(() => addQueryCredentials(settings, new URL(baseUrl), 't')).toThrow(/set identity\.token\.query/)
  })
})
