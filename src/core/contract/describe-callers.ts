import type { Contract, Platform, TokenSource } from './contract.ts'
import { table, wrapped } from './plain-words.ts'

/** How a request says which app, which user and which platform it comes from. */
export function describeCallers(contract: Contract): string[] {
  const { apiKey, token, userClaim, serverClaim } = contract.identity
  const key = `The app is known by its API key, in ${placeOf(apiKey)}.`
  if (token === undefined) {
    return [
      ...wrapped(key),
      ...wrapped('There are no tokens, so no users are told apart.'),
      ...platforms(contract),
    ]
  }
  const user = `The user is known by a token in ${placeOf(token)}: ${signatureWords(token)}. Its claim \`${userClaim}\` is the user’s id.`
  const server =
    `A token whose claim \`${serverClaim}\` is exactly true is a server token: the customer’s own back end, ` +
    'which needs no user and has no user limit.'
  return [...wrapped(key), ...wrapped(user), ...wrapped(server), ...platforms(contract)]
}

export function placeOf({
  header,
  query,
}: {
  header: string | undefined
  query: string | undefined
}): string {
  const places = [
    ...(header === undefined ? [] : [`the header \`${header}\``]),
    ...(query === undefined ? [] : [`the query parameter \`${query}\``]),
  ]
  return places.join(' or else ')
}

export function signatureWords({ algorithm, jwks, issuer, audience, appClaim }: TokenSource): string {
  if (jwks === undefined) return `a JWT signed by ${algorithm} with the app’s secret`
  const claims = [
    ...(issuer === undefined ? [] : [`issued by ${issuer}`]),
    ...(audience === undefined ? [] : [`for the audience ${audience}`]),
    ...(appClaim === undefined ? [] : [`bound to the app by its claim \`${appClaim}\``]),
  ]
  return [`a JWT signed by ${algorithm} with a key from ${jwks}`, ...claims].join(', ')
}

function platforms(contract: Contract): string[] {
  const rows = contract.platforms.map(platform => [platform.name, platformWords(platform)])
  return ['Platforms, the first that matches holds:', ...table(rows, 2).map(row => `  ${row}`)]
}

export function platformWords(platform: Platform): string {
  if (platform.kind === 'server') return 'a server token'
  return platform.kind === 'default'
    ? 'everything else'
    : `the header \`${platform.header}\` matches \`${platform.matches}\``
}
