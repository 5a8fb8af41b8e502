import type { Weir } from './weir.ts'

/** What the demo's visitor needs to call the API, and to see what it comes to. */
export interface DemoAccess {
  readonly apiKey: string
  readonly serverToken: string
  /** By user: alice and bob. */
  readonly userTokens: Readonly<Record<string, string>>
  readonly operatorToken: string
  /** The id of the one customer. */
  readonly organization: string
  /** The id of its invoice, which is a draft as long as the month runs. */
  readonly draft: string
}

/** What `weir demo` prints: where everything is, and commands to paste. */
export function demoText(weir: Pick<Weir, 'gatewayUrl' | 'controlUrl'>, access: DemoAccess): string {
  const { gatewayUrl, controlUrl } = weir
  const { apiKey, serverToken, userTokens, operatorToken, organization, draft } = access
  const message = `${gatewayUrl}/channels/messaging/general/message`
  const as = (token: string) => `-H 'x-api-key: ${apiKey}' -H 'authorization: ${token}'`
  const operator = `-H 'authorization: Bearer ${operatorToken}'`
  const json = (text: string) => `-H 'content-type: application/json' -d '{"message":{"text":"${text}"}}'`
  return `
Weir keeps contracts/chat.yaml in front of a small chat API.

  the API            ${gatewayUrl}
  status page        ${controlUrl}/status
  control API        ${controlUrl}/api/docs
  health, metrics    ${controlUrl}/readyz  ${controlUrl}/metrics

  API key            ${apiKey}
  server token       ${serverToken}
${Object.entries(userTokens)
  .map(([user, token]) => `  token of ${user.padEnd(9)} ${token}`)
  .join('\n')}
  operator token     ${operatorToken}

Send a message as alice, and see what is left of each limit:
  curl -i ${as(userTokens['alice']!)} ${json('Hello')} ${message}

Look at the app’s limits on all platforms:
  curl ${as(serverToken)} '${gatewayUrl}/rate_limits?endpoints=SendMessage,Search'

Be bob in a hurry: 60 messages a minute pass, and 34 a second; the rest get 429:
  for i in $(seq 70); do curl -s -o /dev/null -w '%{http_code} ' ${as(userTokens['bob']!)} ${json('Hi')} ${message}; done; echo

See what the customer has used this month, and where the month will end:
  curl ${operator} ${controlUrl}/api/organizations/${organization}/usage

See what that comes to so far, as JSON and as a PDF:
  curl ${operator} '${controlUrl}/api/organizations/${organization}/invoices?status=draft'
  curl ${operator} -H 'accept: application/pdf' -o invoice.pdf ${controlUrl}/api/invoices/${draft}

See what uptime was promised, what was kept, and what is owed if it was not:
  curl ${operator} ${controlUrl}/api/organizations/${organization}/sla

Months pass in minutes, down to closed invoices and SLA reports, with
  npm start -- --clock 2026-04-01T00:00:00Z --speed 3600

Ctrl-C ends it and leaves nothing behind.
`
}
