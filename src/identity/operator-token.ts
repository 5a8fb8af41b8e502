import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { newOperatorToken } from './credentials.ts'
import { readOrCreatePrivateFile } from './private-file.ts'

/** Shorter ones can be guessed. */
const MIN_LENGTH = 16

export interface TokenPlace {
  readonly dataDir: string
  readonly env: NodeJS.ProcessEnv
}

/**
 * The operator's bearer token: `WEIR_OPERATOR_TOKEN`, or what lies in `<dataDir>/operator-token`, made at
 * the first start with what `make` gives. Throws when it is too short, or cannot be sent in a header.
 */
export function operatorToken(
  { dataDir, env }: TokenPlace,
  make: () => string = newOperatorToken,
): {
  token: string
  created: boolean
  warning: string | undefined
} {
  const given = env['WEIR_OPERATOR_TOKEN']
  if (given !== undefined && given !== '') {
    return { token: checked(given, 'WEIR_OPERATOR_TOKEN'), created: false, warning: undefined }
  }
  const file = fileOf(dataDir)
  const { text, created, warning } = readOrCreatePrivateFile(file, make)
  return { token: checked(text, file), created, warning }
}

/** Whether a start would find one, instead of making it. */
export function hasOperatorToken({ dataDir, env }: TokenPlace): boolean {
  return Boolean(env['WEIR_OPERATOR_TOKEN']) || existsSync(fileOf(dataDir))
}

function fileOf(dataDir: string): string {
  return join(dataDir, 'operator-token')
}

function checked(token: string, source: string): string {
  if (token.length < MIN_LENGTH) {
    throw new Error(
      `${source} must have at least ${MIN_LENGTH} characters, but it has ${token.length}. ` +
        'Make one with: openssl rand -hex 24',
    )
  }
  if (!/^[\x21-\x7e]+$/.test(token)) {
    throw new Error(`${source} may hold only visible ASCII characters, without spaces.`)
  }
  return token
}
