/** One policy of the fields `RateLimit` and `RateLimit-Policy`, as it stood when the server answered. */
export interface PolicyState {
  /** `user`, `app` or `burst` from Weir. */
  readonly name: string
  readonly remaining: number
  /** Seconds from the answer until the quota resets, rounded up. */
  readonly resetSeconds: number | undefined
  readonly limit: number | undefined
  readonly windowSeconds: number | undefined
}

/**
 * Reads both fields of draft-ietf-httpapi-ratelimit-headers-10. As structured fields (RFC 9651) ask, a field
 * that is broken anywhere counts as absent. Policies without a state in `RateLimit` are left out.
 */
export function readPolicies(rateLimit: string | null, rateLimitPolicy: string | null): PolicyState[] {
  const quotas = new Map(readList(rateLimitPolicy).map(({ name, parameters }) => [name, parameters]))
  return readList(rateLimit).flatMap(({ name, parameters }) => {
    const remaining = parameters.get('r')
    if (remaining === undefined) return []
    const quota = quotas.get(name)
    return [
      {
        name,
        remaining,
        resetSeconds: parameters.get('t'),
        limit: quota?.get('q'),
        windowSeconds: quota?.get('w'),
      },
    ]
  })
}

interface ListMember {
  readonly name: string
  /** Those that are whole numbers; nothing else is of interest here. */
  readonly parameters: ReadonlyMap<string, number>
}

const TEXT = String.raw`"(?:[^"\\]|\\["\\])*"`
const TOKEN = String.raw`[A-Za-z*][\w!#$%&'*+.^|~:/\x60-]*`
const PARAMETER = String.raw`; *[a-z*][a-z0-9_.*-]*(?:=(?:${TEXT}|[^\s",;]+))?`

/** A string or token with its parameters, up to the next comma. */
const MEMBER = new RegExp(String.raw`[ \t]*(${TEXT}|${TOKEN})((?:${PARAMETER})*)[ \t]*(,|$)`, 'y')

function readList(field: string | null): ListMember[] {
  const members: ListMember[] = []
  if (field === null || field.trim() === '') return members
  MEMBER.lastIndex = 0
  for (;;) {
    const match = MEMBER.exec(field)
    if (!match) return []
    const [, item, parameters, separator] = match as unknown as [string, string, string, string]
    members.push({ name: item.startsWith('"') ? unquote(item) : item, parameters: numbersIn(parameters) })
    if (separator === '') return members
  }
}

function unquote(text: string): string {
  return text.slice(1, -1).replaceAll(/\\(["\\])/g, '$1')
}

function numbersIn(parameters: string): Map<string, number> {
  const found = parameters.matchAll(/; *([a-z*][a-z0-9_.*-]*)=(\d{1,15})(?=;|$)/g)
  return new Map([...found].map(([, name, digits]) => [name!, Number(digits)]))
}
