/**
 * Which room may import which, and why. The table is the architecture: the first row whose `from` holds a file
 * applies, and a file outside every row is itself a violation.
 */
export interface ImportRule {
  /** A path from `src/`, with `/` at its end for a folder. */
  readonly from: string
  /** What may be imported besides the room itself, in the same form. */
  readonly may: readonly string[]
  /** May it use `node:` modules and what comes with them: clocks, randomness, I/O? */
  readonly node: boolean
  /** Packages from the registry; undefined: any that package.json names. */
  readonly packages?: readonly string[]
  readonly why: string
}

export const importRules: readonly ImportRule[] = [
  {
    from: 'core/exact/',
    may: [],
    node: false,
    packages: [],
    why: 'Ground: exact numbers know nothing of what they count.',
  },
  {
    from: 'core/time/',
    may: [],
    node: false,
    packages: [],
    why: 'Ground: time is arithmetic here, and no clock.',
  },
  {
    from: 'core/contract/diff/',
    may: ['core/contract/', 'core/exact/', 'core/time/', 'core/limits/'],
    node: false,
    packages: [],
    why: 'What changes for whom is told by the numbers as they hold, and those are found by the limits’ own rule.',
  },
  {
    from: 'core/contract/',
    may: ['core/exact/', 'core/time/'],
    node: false,
    packages: ['yaml', 'zod', 'redos-detector', 'fastest-levenshtein'],
    why: 'The contract is ground: everything reads it, it reads nothing but text.',
  },
  {
    from: 'core/limits/',
    may: ['core/exact/', 'core/time/', 'core/contract/'],
    node: false,
    packages: [],
    why: 'A promise room imports only the ground: a limit never depends on a price.',
  },
  {
    from: 'core/pricing/',
    may: ['core/exact/', 'core/time/', 'core/contract/'],
    node: false,
    packages: [],
    why: 'A promise room imports only the ground: a price depends on what was used, never on how it was counted.',
  },
  {
    from: 'core/availability/',
    may: ['core/exact/', 'core/time/', 'core/contract/'],
    node: false,
    packages: [],
    why: 'A promise room imports only the ground: down time is judged without knowing what it costs.',
  },
  {
    from: 'core/evidence/',
    may: ['core/exact/', 'core/time/', 'core/contract/'],
    node: false,
    packages: ['zod'],
    why: 'A promise room imports only the ground; it runs in browsers too, so hash and signature come in.',
  },
  {
    from: 'core/support/',
    may: ['core/exact/', 'core/time/', 'core/contract/'],
    node: false,
    packages: [],
    why: 'A promise room imports only the ground.',
  },
  {
    from: 'core/metering/',
    may: ['core/exact/', 'core/time/', 'core/contract/'],
    node: false,
    packages: [],
    why: 'A promise room imports only the ground: what was used does not depend on what it costs.',
  },
  {
    from: 'identity/',
    may: ['core/'],
    node: true,
    packages: ['jose'],
    why: 'Who somebody is does not depend on where that is stored or over which protocol it came.',
  },
  {
    from: 'store/',
    may: ['core/'],
    node: true,
    packages: ['kysely', 'pg'],
    why: 'The only room with SQL; it keeps facts and decides nothing.',
  },
  {
    from: 'http/',
    may: ['core/'],
    node: true,
    packages: ['pino'],
    why: 'What every server here shares knows no server.',
  },
  {
    from: 'data-plane/decide/',
    may: ['core/', 'http/', 'identity/', 'data-plane/counters/'],
    node: true,
    packages: [],
    why: 'The decision knows neither who carries the traffic nor a store: other servers ask for it too.',
  },
  {
    from: 'data-plane/middleware/',
    may: [
      'core/',
      'http/',
      'identity/',
      'store/contract-file.ts',
      'data-plane/counters/',
      'data-plane/decide/',
    ],
    node: true,
    packages: ['zod'],
    why: 'It lives in other people’s servers and is published: no gateway, no database, no framework comes with it.',
  },
  {
    from: 'data-plane/',
    may: ['core/', 'http/', 'identity/', 'store/'],
    node: true,
    packages: ['undici', 'prom-client', 'kysely'],
    why: 'Traffic goes on when the control plane is down, so it cannot import it.',
  },
  {
    from: 'control-plane/',
    may: ['core/', 'http/', 'identity/', 'store/'],
    node: true,
    packages: [
      'hono',
      '@hono/zod-openapi',
      '@hono/node-server',
      'zod',
      'kysely',
      'pino',
      'undici',
      'nodemailer',
      'pdfkit',
      'prom-client',
    ],
    why: 'It meets the data plane in the store and in the counters, never in code.',
  },
  {
    from: 'commands/',
    may: ['core/', 'http/', 'identity/', 'store/', 'data-plane/', 'control-plane/', '../examples/chat/'],
    node: true,
    why: 'The only place that knows all parts, because it puts them together.',
  },
  {
    from: 'main.ts',
    may: ['commands/'],
    node: true,
    why: 'The bin turns arguments into a command and knows nothing else.',
  },
]
