import * as z from 'zod'

import {
  headerName,
  httpUrl,
  list,
  map,
  name,
  named,
  oneOf,
  pattern,
  queryName,
  text,
  whole,
} from './shape-leaves.ts'

/** The shapes of what stands in the way of a request: upstream, identity, platforms, endpoints, limits. */
export const upstreamShape = map({
  url: httpUrl()
    .optional()
    .describe('Where requests go; `--upstream` wins over it. Give either `url` or `urls`.'),
  urls: list(httpUrl(), 'a list of http or https URLs')
    .optional()
    .describe('Several places, used in turn; one that fails is set aside for a while.'),
  timeoutMs: whole(1, undefined, 'milliseconds')
    .optional()
    .describe('How long to wait for the response’s headers. Left out: 30000.'),
})

const tokenShape = z.union(
  [
    z.literal('none').describe('A key-only API: there are no users and no server tokens.'),
    map({
      header: headerName().optional().describe('Header with the JWT, raw or after `Bearer`.'),
      query: queryName().optional().describe('Query parameter with the JWT.'),
      jwks: httpUrl()
        .optional()
        .describe('Where the public keys are. Left out: HS256 with the app’s own secret.'),
      algorithm: oneOf('HS256', 'RS256', 'ES256')
        .optional()
        .describe('The one algorithm that holds, whatever a token says. RS256 and ES256 need `jwks`.'),
      issuer: text().optional().describe('The `iss` that a token must have. Only with `jwks`.'),
      audience: text().optional().describe('The `aud` that a token must have. Only with `jwks`.'),
      appClaim: text()
        .optional()
        .describe('The claim that must hold the app’s id or one of its keys. Only with `jwks`.'),
    }),
  ],
  { error: '`none`, or a map with `header` or `query`' },
)

export const identityShape = map({
  apiKey: map(
    {
      query: queryName().optional().describe('Query parameter with the app’s API key.'),
      header: headerName().optional().describe('Header with the app’s API key; it is looked at first.'),
    },
    'a map with `header` or `query`, or both',
  ).describe('Where the app’s API key is: a header, a query parameter, or both.'),
  token: tokenShape.describe('Where the user’s signed token is and how it is checked, or `none`.'),
  userClaim: text().optional().describe('The claim with the user’s id. Left out: `sub`.'),
  serverClaim: text()
    .optional()
    .describe('The claim that is exactly `true` in a server token. Left out: `server`.'),
})

const platformShape = z.union(
  [
    map({ token: z.literal('server').describe('Requests with a server token.') }),
    map({
      header: headerName().describe('The header to look at.'),
      matches: pattern(/^.{1,1000}$/s, 'a regular expression of 1 to 1000 characters').describe(
        'A regular expression: any case, anywhere in the first 256 characters.',
      ),
    }),
    map({ default: z.literal(true).describe('Everything else.') }),
  ],
  { error: '`{ token: server }`, `{ header, matches }` or `{ default: true }`' },
)

export const platformsShape = named(platformShape, 'a map of platform names').describe(
  'In order, the first match wins. The last is `{ default: true }`.',
)

export const endpointsShape = z
  .object(
    {
      openapi: z
        .union([text(), list(text(), 'a list of file names')], { error: 'a file name, or a list of them' })
        .optional()
        .describe('An OpenAPI 3 document beside the contract, or several; operationId names the endpoint.'),
    },
    { error: 'a map of endpoint names' },
  )
  .catchall(
    text('`METHOD path`, such as `GET /users/{id}`').describe(
      '`METHOD path`, then `(websocket)` or `(no token)`.',
    ),
  )
  .describe('Name to `METHOD path`; `{param}` stands for one segment or a part of one.')

const perMinute = () => whole(1, undefined, 'requests a minute')

const endpointLimits = () =>
  z
    .object(
      { default: perMinute().optional().describe('For endpoints without a number of their own.') },
      {
        error: 'a map of endpoint names to requests a minute',
      },
    )
    .catchall(perMinute())

const userLimit = () =>
  z.union([perMinute(), z.literal('off')], { error: 'a whole number of requests a minute, or `off`' })

const userLimits = () =>
  z.union(
    [
      perMinute(),
      z.literal('off'),
      z
        .object({ default: userLimit().optional().describe('For endpoints without a number of their own.') })
        .catchall(userLimit()),
    ],
    { error: 'a whole number of requests a minute, `off`, or a map of endpoint names to such numbers' },
  )

const sources = {
  user: userLimits()
    .optional()
    .describe('Requests a minute, per user, endpoint and platform. Left out: `off`.'),
  platforms: named(endpointLimits(), 'a map of platform names')
    .optional()
    .describe('Requests a minute per app and endpoint, for one platform.'),
  burst: z
    .union(
      [z.literal('off'), map({ divisor: whole(1).describe('Per second = ceil(app limit / divisor).') })],
      {
        error: '`{ divisor: n }` or `off`',
      },
    )
    .optional()
    .describe('Requests a second: the app’s limit divided. Left out: `{ divisor: 30 }`.'),
}

export const limitsShape = map({
  ...sources,
  app: z
    .object(
      { default: perMinute().describe('For endpoints without a number of their own.') },
      {
        error: 'a map with `default`, and endpoint names to requests a minute',
      },
    )
    .catchall(perMinute())
    .describe('Requests a minute, per app, endpoint and platform.'),
  window: oneOf('aligned', 'sliding')
    .optional()
    .describe('Windows start on the UTC minute, or slide. Left out: `aligned`.'),
  whenCountersAreUnreachable: oneOf('local', 'open', 'closed')
    .optional()
    .describe('Each node enforces its share; all pass; or none. Left out: `local`.'),
})

export const planLimitsShape = map({
  ...sources,
  app: endpointLimits().optional().describe('Requests a minute, per app, endpoint and platform.'),
})

export const meteringShape = map({
  mau: oneOf('connection', 'request')
    .optional()
    .describe(
      'What makes a user active in a month: opening a WebSocket, or any admitted request. Left out: `request`.',
    ),
  connections: z
    .union([name(), list(name(), 'a list of endpoint names')], {
      error: '`none`, the name of a websocket endpoint, or a list of them',
    })
    .optional()
    .describe(
      'The websocket endpoint whose sockets are counted, a list of them, or `none`. Left out: `none`.',
    ),
})

const ORIGIN = /^(\*|[a-z][a-z0-9+.-]*:\/\/[^\s/?#@A-Z*]+)$/

export const corsShape = map({
  origins: list(
    pattern(ORIGIN, 'an origin in lower case without a path, such as `https://app.example.com`, or `*`'),
    'a list of origins',
  ).describe('Who may call from a browser: origins, or `["*"]`.'),
  headers: z
    .array(headerName(), { error: 'a list of header names' })
    .optional()
    .describe(
      'Request headers that a browser may send. Left out: those of identity and platforms, and content-type.',
    ),
  maxAgeSeconds: whole(0, undefined, 'seconds')
    .optional()
    .describe('How long a browser may keep a preflight’s answer.'),
})
