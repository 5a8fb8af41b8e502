import { head } from '../e2e/raw-client.ts'

/** What a client sends, byte for byte (a character is a byte), and what must become of it. */
export interface HostileCase {
  readonly name: string
  readonly bytes: string
  /** Status of the first answer. */
  readonly status: number
  readonly code?: string
  /** Whether the connection ends behind the answer; a path that is refused leaves its message whole. */
  readonly closes?: boolean
  /** Statuses of the answers behind the first. */
  readonly behind?: readonly number[]
  /** Requests that the upstream may see: their targets and bodies, in order. None if left out. */
  readonly forwarded?: readonly (readonly [target: string, body: string])[]
}

/** Stands for the caller's API key and token; a run puts a real app's in. */
const CREDENTIALS = 'x-api-key: {key}\r\nauthorization: {token}\r\n'

const refused = (name: string, bytes: string, code = 'malformed-request', status = 400): HostileCase => ({
  name,
  bytes,
  status,
  code,
  closes: true,
})
const passes = (name: string, bytes: string, body = '', target = '/app'): HostileCase => ({
  name,
  bytes,
  status: 200,
  forwarded: [[target, body]],
})

/** A request that a gateway must never let through behind another one. */
const SMUGGLED = `GET /app?smuggled HTTP/1.1\r\nhost: x\r\n${CREDENTIALS}\r\n`

const post = (fields: string, body = '') =>
  `POST /app HTTP/1.1\r\nhost: x\r\n${CREDENTIALS}${fields}\r\n\r\n${body}`
const chunked = (body: string) => post('transfer-encoding: chunked', body)
const get = (target: string, fields = '', version = 'HTTP/1.1') =>
  `GET ${target} ${version}\r\nhost: x\r\n${CREDENTIALS}${fields}\r\n`
/** Framing that two readers end in two places is followed by what one of them would take for a request. */
const framing = (name: string, fields: string, body = '0\r\n\r\n') =>
  refused(name, post(fields, body) + SMUGGLED)
const chunks = (name: string, body: string) => refused(name, chunked(body) + SMUGGLED)

const lengths: HostileCase[] = [
  framing('Content-Length, then Transfer-Encoding', 'content-length: 5\r\ntransfer-encoding: chunked'),
  framing('Transfer-Encoding, then Content-Length', 'transfer-encoding: chunked\r\ncontent-length: 5'),
  framing('two different lengths', 'content-length: 5\r\ncontent-length: 0'),
  framing('the same length twice', 'content-length: 5\r\ncontent-length: 5'),
  framing('a list of lengths', 'content-length: 5, 5'),
  framing('a length with a plus', 'content-length: +5'),
  framing('a negative length', 'content-length: -5'),
  framing('a length in hexadecimal', 'content-length: 0x5'),
  framing('a length with a space inside', 'content-length: 5 5'),
  framing('a length of more than 64 bits', 'content-length: 18446744073709551621'),
  framing('an empty length', 'content-length:'),
  framing('a length with an underscore', 'content_length: 5'),
  framing('a coding with an underscore', 'transfer_encoding: chunked'),
  framing('a space before the colon of the length', 'content-length : 5'),
]

const codings: HostileCase[] = [
  ...[
    'chunked, chunked',
    'xchunked',
    'chunkedx',
    'identity',
    'gzip',
    'gzip, chunked',
    'chunked, gzip',
    '"chunked"',
    '\x0bchunked',
    'chunked;q=1',
    'chu nked',
    '',
  ].map(coding => framing(`Transfer-Encoding: ${JSON.stringify(coding)}`, `transfer-encoding: ${coding}`)),
  framing('Transfer-Encoding twice', 'transfer-encoding: chunked\r\ntransfer-encoding: chunked'),
  framing('chunked, and identity', 'transfer-encoding: chunked\r\ntransfer-encoding: identity'),
  framing('a space before its colon', 'transfer-encoding : chunked'),
  framing('a folded Transfer-Encoding', 'transfer-encoding:\r\n chunked'),
  refused(
    'a coding in HTTP/1.0',
    post('transfer-encoding: chunked\r\nconnection: keep-alive', '0\r\n\r\n').replace(
      'HTTP/1.1',
      'HTTP/1.0',
    ) + SMUGGLED,
  ),
  passes(
    'a tab before chunked, as RFC 9110 allows',
    post('transfer-encoding:\tchunked', '1\r\na\r\n0\r\n\r\n'),
    'a',
  ),
  passes('chunked in capitals', post('Transfer-Encoding: CHUNKED', '1\r\na\r\n0\r\n\r\n'), 'a'),
]

const sizes: HostileCase[] = [
  ...['+1', '-1', '0x1', '1 ', ' 1', '1\t', '1_0', '', 'g', 'fffffffffffffffff', '10000000000000001'].map(
    size => chunks(`a chunk of size ${JSON.stringify(size)}`, `${size}\r\na\r\n0\r\n\r\n`),
  ),
  chunks('a chunk longer than its size', '1\r\nab\r\n0\r\n\r\n'),
  chunks('no CRLF behind a chunk', '1\r\na0\r\n\r\n'),
  chunks('bare LF in chunks', '1\na\n0\n\n'),
  chunks('a bare LF behind a size', '1\na\r\n0\r\n\r\n'),
  chunks('a bare LF behind a chunk', '1\r\na\n0\r\n\r\n'),
  chunks('a bare CR behind a size', '1\ra\r\n0\r\n\r\n'),
  chunks('a bare LF in an extension', '1;a\nb\r\na\r\n0\r\n\r\n'),
  chunks('a length in the trailers', '0\r\ncontent-length: 5\r\n\r\n'),
  chunks('a folded trailer', '0\r\na: b\r\n c\r\n\r\n'),
  passes('a chunk with an extension', chunked('1;name=value\r\na\r\n0\r\n\r\n'), 'a'),
  passes('a size with zeros before it', chunked('0001\r\na\r\n000\r\n\r\n'), 'a'),
  passes('trailers', chunked('1\r\na\r\n0\r\nhost: evil\r\nweir-user: eve\r\n\r\n'), 'a'),
]

const lines: HostileCase[] = [
  refused('a folded field', get('/app', 'a: b\r\n c\r\n') + SMUGGLED),
  refused('a folded field with a tab', get('/app', 'a: b\r\n\tc\r\n') + SMUGGLED),
  refused('a fold behind the request line', 'GET /app HTTP/1.1\r\n host: x\r\n\r\n'),
  refused('a bare CR in a value', get('/app', 'a: b\rc: d\r\n')),
  refused('a bare LF between fields', 'GET /app HTTP/1.1\nhost: x\n\n'),
  refused('a bare CR behind the request line', 'GET /app HTTP/1.1\rhost: x\r\n\r\n'),
  refused('NUL in a value', get('/app', 'a: b\0c\r\n')),
  refused('NUL in a name', get('/app', 'a\0b: c\r\n')),
  refused('a space in a name', get('/app', 'a b: c\r\n')),
  refused('a space before a colon', get('/app', 'a : c\r\n')),
  refused('a field without a colon', get('/app', 'abc\r\n')),
  refused('a field without a name', get('/app', ': c\r\n')),
  refused('a name with a high byte', get('/app', '\xffa: c\r\n')),
  refused('a second Authorization', get('/app', 'authorization: other\r\n')),
  refused('101 fields', get('/app', 'a: b\r\n'.repeat(98)) + SMUGGLED, 'headers-too-large', 431),
  passes('100 fields', get('/app', 'a: b\r\n'.repeat(97))),
  refused('17 KiB of fields', get('/app', `a: ${'b'.repeat(17_000)}\r\n`), 'headers-too-large', 431),
  refused('17 KiB of target', get(`/app?${'b'.repeat(17_000)}`), 'headers-too-large', 431),
  refused('17 KiB of trailers', chunked(`0\r\na: ${'b'.repeat(17_000)}\r\n\r\n`), 'headers-too-large', 431),
]

const targets: HostileCase[] = [
  ...[
    'http://x/app',
    'x:80',
    '*',
    'app',
    '/app#frag',
    '/app?a#frag',
    '/a\0pp',
    '/app%00',
    '/%2e%2e/app',
    '/x/../app',
    '/./app',
    '/x/%2E%2e/app',
    '/app\\x',
    '/app%5cx',
    '/app%',
    '/app%zz',
    '/app%0d%0ax: y',
    '/\xe9',
  ].map(target => ({ ...refused(`the target ${JSON.stringify(target)}`, get(target)), closes: false })),
  { name: '`//app` is another path than `/app`', bytes: get('//app'), status: 404, code: 'no-such-endpoint' },
  { name: '`/app%2f` is another path too', bytes: get('/app%2f'), status: 404, code: 'no-such-endpoint' },
  passes('an encoded letter is the letter', get('/%61pp'), '', '/%61pp'),
]

const hosts: HostileCase[] = [
  refused('no Host', `GET /app HTTP/1.1\r\n${CREDENTIALS}\r\n`),
  refused('two Hosts', get('/app', 'host: y\r\n')),
  refused('the same Host twice', get('/app', 'host: x\r\n')),
  ...['a b', 'a/b', 'a@b', 'a,b', 'a#b', 'a?b', 'a\\b', '', 'a:b', 'a:80:80', '[::1', 'a\xe9'].map(host =>
    refused(`Host: ${JSON.stringify(host)}`, `GET /app HTTP/1.1\r\nhost: ${host}\r\n${CREDENTIALS}\r\n`),
  ),
  ...['x.example', 'x.example:8080', '127.0.0.1', '[2001:db8::1]:80'].map(host =>
    passes(`Host: ${host}`, `GET /app HTTP/1.1\r\nhost: ${host}\r\n${CREDENTIALS}\r\n`),
  ),
]

const versions: HostileCase[] = [
  refused('HTTP/0.9', 'GET /app\r\n\r\n'),
  refused('HTTP/0.9 with fields', get('/app', '', 'HTTP/0.9')),
  ...['HTTP/2.0', 'HTTP/1.2', 'HTTP/3.0', 'HTTP/11', 'HTTP/1', 'http/1.1', 'HTTP/1.1 ', 'HTTPS/1.1'].map(
    version => refused(`version ${JSON.stringify(version)}`, get('/app', '', version)),
  ),
  refused('the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0'),
  refused('a TLS hello', '\x16\x03\x01\x02\0\x01\0\x01\xfc\x03\x03' + 'a'.repeat(64)),
  refused('CONNECT', 'CONNECT x:80 HTTP/1.1\r\nhost: x:80\r\n\r\n' + SMUGGLED),
]

const upgrading = (fields: string, version = 'HTTP/1.1') =>
  get('/connect', `connection: Upgrade\r\nupgrade: websocket\r\n${fields}`, version)
const KEY = 'sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n'
const V13 = 'sec-websocket-version: 13\r\n'
const plainUpgrade = (name: string, fields: string): HostileCase => ({
  name,
  bytes: get('/connect', fields),
  status: 426,
  code: 'upgrade-required',
})

const upgrades: HostileCase[] = [
  refused('an upgrade without a key', upgrading(V13) + SMUGGLED),
  refused('an upgrade with two keys', upgrading(V13 + KEY + KEY) + SMUGGLED),
  refused('an upgrade with a short key', upgrading(`${V13}sec-websocket-key: YQ==\r\n`) + SMUGGLED),
  refused(
    'an upgrade with a key that is no base64',
    upgrading(`${V13}sec-websocket-key: ${'!'.repeat(24)}\r\n`),
  ),
  refused('an upgrade in HTTP/1.0', upgrading(V13 + KEY, 'HTTP/1.0')),
  refused(
    'an upgrade of version 8',
    upgrading(`${KEY}sec-websocket-version: 8\r\n`),
    'upgrade-required',
    426,
  ),
  refused('an upgrade of no version', upgrading(KEY), 'upgrade-required', 426),
  plainUpgrade('Upgrade without Connection', `upgrade: websocket\r\n${KEY}${V13}`),
  plainUpgrade(
    'h2c',
    'connection: Upgrade, HTTP2-Settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkAAQAAP__\r\n',
  ),
  plainUpgrade('several Upgrade values', `connection: Upgrade\r\nupgrade: websocket, h2c\r\n${KEY}${V13}`),
  plainUpgrade('two Upgrades', `connection: Upgrade\r\nupgrade: h2c\r\nupgrade: websocket\r\n${KEY}${V13}`),
  plainUpgrade(
    'an upgrade with a body',
    `connection: Upgrade\r\nupgrade: websocket\r\n${KEY}${V13}content-length: 5\r\n`,
  ),
  {
    name: 'an upgrade behind a request that is not answered yet',
    bytes: get('/app') + upgrading(V13 + KEY),
    status: 200,
    forwarded: [['/app', '']],
    behind: [426],
  },
  passes('h2c to a plain endpoint', get('/app', 'connection: Upgrade\r\nupgrade: h2c\r\n')),
]

const bodies: HostileCase[] = [
  refused('a length beyond the limit', post('content-length: 1048577', SMUGGLED), 'payload-too-large', 413),
  refused(
    'chunks beyond the limit',
    chunked(`100001\r\n${'a'.repeat(0x100001)}\r\n`),
    'payload-too-large',
    413,
  ),
  refused('an expectation', get('/app', 'expect: tea\r\n') + SMUGGLED, 'expectation-failed', 417),
]

/** Requests as honest clients send them: what the fuzzer starts from, besides the hostile ones. */
export const honest: readonly HostileCase[] = [
  passes('a GET', get('/app')),
  passes('a GET with a query', get('/app?a=b&c=%20'), '', '/app?a=b&c=%20'),
  passes('a POST with a length', post('content-length: 5', 'hello'), 'hello'),
  passes('a POST in chunks', chunked('3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n'), 'hello'),
  {
    name: 'two, one behind the other',
    bytes: post('content-length: 3', 'one') + chunked('3\r\ntwo\r\n0\r\n\r\n'),
    status: 200,
    forwarded: [
      ['/app', 'one'],
      ['/app', 'two'],
    ],
    behind: [200],
  },
  { name: 'a key nobody knows', bytes: head('GET /app', { 'x-api-key': 'nobody' }), status: 401 },
]

export const corpus: readonly HostileCase[] = [
  ...lengths,
  ...codings,
  ...sizes,
  ...lines,
  ...targets,
  ...hosts,
  ...versions,
  ...upgrades,
  ...bodies,
  ...honest,
]
