import type { Contract, Platform } from '../contract.ts'
import { placeOf, platformWords, signatureWords } from '../describe-callers.ts'
import { unreachableWords } from '../describe-limits.ts'
import { counted, enumerated } from '../plain-words.ts'
import type { Audience } from './change.ts'
import { type Fact, type Scale, counts } from './fact.ts'

const CALLERS: Audience = { kind: 'callers' }

/** How a request says who it is from, and what the gateway does with it: all of it holds at once. */
export function callerFacts(contract: Contract): Fact[] {
  const facts = [...identityFacts(contract), ...corsFacts(contract), ...wayFacts(contract)]
  return [
    ...facts.map(fact => ({ who: CALLERS, holds: 'at once' as const, ...fact })),
    ...contract.platforms.map(platformFact),
  ]
}

type Said = Omit<Fact, 'who' | 'holds'>

function identityFacts({ identity }: Contract): Said[] {
  const { apiKey, token, userClaim, serverClaim } = identity
  return [
    { key: 'apiKey', what: 'API key', words: `in ${placeOf(apiKey)}`, scale: places(apiKey) },
    ...(token === undefined
      ? [{ key: 'token', what: 'Token', words: 'none: no users are told apart' }]
      : [
          { key: 'token', what: 'Token', words: `in ${placeOf(token)}`, scale: places(token) },
          { key: 'signature', what: 'Token’s signature', words: signatureWords(token) },
        ]),
    { key: 'userClaim', what: 'Claim with the user’s id', words: `\`${userClaim}\`` },
    { key: 'serverClaim', what: 'Claim of a server token', words: `\`${serverClaim}\`` },
  ]
}

/** A place more takes nothing away from whoever uses the others. */
function places({ header, query }: { header: string | undefined; query: string | undefined }): Scale {
  const members = [
    ...(header === undefined ? [] : [`header ${header}`]),
    ...(query === undefined ? [] : [`query ${query}`]),
  ]
  return { members, more: 'better' }
}

function platformFact(platform: Platform): Fact {
  const { name } = platform
  return {
    key: `platforms.${name}`,
    who: { kind: 'platform', names: [name] },
    what: `Platform ${name}, known by`,
    words: platformWords(platform),
    holds: 'at once',
  }
}

function corsFacts({ cors }: Contract): Said[] {
  if (cors === undefined) return []
  const { origins, headers, maxAgeSeconds } = cors
  const lists = [
    { key: 'cors.origins', what: 'Browsers may call from', members: origins.toSorted() },
    { key: 'cors.headers', what: 'Browsers may send the headers', members: headers.toSorted() },
  ]
  return [
    ...lists.map(({ members, ...rest }) => ({
      ...rest,
      words: members.length === 0 ? 'none' : members.join(', '),
      scale: { members, more: 'better' as const },
      presence: 'better' as const,
      absent: 'none: no CORS',
    })),
    ...(maxAgeSeconds === undefined
      ? []
      : [
          {
            key: 'cors.maxAge',
            what: 'A browser keeps the answer to a preflight',
            words: counted(maxAgeSeconds, 'second'),
            absent: 'as long as it likes',
          },
        ]),
  ]
}

function wayFacts({ unmatched, limits }: Contract): Said[] {
  const unreachable = limits.whenCountersAreUnreachable
  return [
    {
      key: 'unmatched',
      what: 'Requests that match no endpoint',
      words: unmatched === undefined ? 'answered 404' : `counted as ${unmatched} and forwarded`,
      scale: counts(unmatched === undefined ? 0 : 1, 'better'),
    },
    {
      key: 'window',
      what: 'Window of the limits',
      words:
        limits.window === 'aligned' ? 'minutes that start on the UTC minute' : 'any sixty seconds, sliding',
      // The same number in any sixty seconds never lets more through.
      scale: counts(limits.window === 'aligned' ? 1 : 0, 'better'),
    },
    {
      key: 'unreachable',
      what: 'While the counters cannot be reached',
      words: unreachableWords(unreachable),
      scale: counts(['closed', 'local', 'open'].indexOf(unreachable), 'better'),
    },
  ]
}

/** The order matters only among platforms that both have: a new one is told of as such. */
export function platformOrderFact(contract: Contract, other: Contract): Fact {
  const shared = contract.platforms
    .map(({ name }) => name)
    .filter(name => other.platforms.some(platform => platform.name === name))
  return {
    key: 'platforms',
    who: CALLERS,
    what: 'Platforms are tried in the order',
    words: enumerated(shared, 'then'),
    holds: 'at once',
  }
}
