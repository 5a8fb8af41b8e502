import type { Weir } from './weir.ts'

/** What the demo's visitor needs to call the API. */
export interface DemoAccess {
  readonly apiKey: string
  readonly serverToken: string
  /** By user: alice and bob. */
  readonly userTokens: Readonly<Record<string, string>>
}

/** What `weir demo` prints: where everything is, and three commands to paste. */
export function demoText(weir: Pick<Weir, 'gatewayUrl' | 'controlUrl'>, access: DemoAccess): string {
  const { gatewayUrl, controlUrl } = weir
  const { apiKey, serverToken, userTokens } = access
  const message = `${gatewayUrl}/channels/messaging/general/message`
  const as = (token: string) => `-H 'x-api-key: ${apiKey}' -H 'authorization: ${token}'`
  const json = (text: string) => `-H 'content-type: application/json' -d '{"message":{"text":"${text}"}}'`
  return `
Weir keeps contracts/chat.yaml in front of a small chat API.

  the API            ${gatewayUrl}
  control API        ${controlUrl}/api/docs
  health, metrics    ${controlUrl}/readyz  ${controlUrl}/metrics

  API key            ${apiKey}
  server token       ${serverToken}
${Object.entries(userTokens)
  .map(([user, token]) => `  token of ${user.padEnd(9)} ${token}`)
  .join('\n')}

Send a message as alice, and see what is left of each limit:
  curl -i ${as(userTokens['alice']!)} ${json('Hello')} ${message}

Look at the app’s limits on all platforms:
  curl ${as(serverToken)} '${gatewayUrl}/rate_limits?endpoints=SendMessage,Search'

Be bob in a hurry: 60 messages a minute pass, and 34 a second; the rest get 429:
  for i in $(seq 70); do curl -s -o /dev/null -w '%{http_code} ' ${as(userTokens['bob']!)} ${json('Hi')} ${message}; done; echo

Ctrl-C ends it and leaves nothing behind.
`
}
