import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { EVIDENCE_KEY_FILE } from './evidence-key.ts'
import { readOrCreatePrivateFile } from './private-file.ts'

/** The keys of a store, apart from it: whoever has both can read every secret. */
export interface StoreKeys {
  readonly secretKey: string
  readonly operatorToken: string | undefined
  readonly evidenceKey: string | undefined
}

/** The keys as a node has them; undefined when there is no sealing key in the environment or the directory. */
export function findKeys(dataDir: string, env: NodeJS.ProcessEnv): StoreKeys | undefined {
  const secretKey = env['WEIR_SECRET_KEY'] || textOf(join(dataDir, SECRET_KEY))
  if (!secretKey) return undefined
  return {
    secretKey,
    operatorToken: env['WEIR_OPERATOR_TOKEN'] || textOf(join(dataDir, OPERATOR_TOKEN)),
    evidenceKey: env['WEIR_EVIDENCE_KEY'] || textOf(join(dataDir, EVIDENCE_KEY_FILE)),
  }
}

const SECRET_KEY = 'secret-key'
const OPERATOR_TOKEN = 'operator-token'

function textOf(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8').trim() : undefined
}

/** Writes them into a new file that its owner alone can read. Throws when there is such a file already. */
export function writeKeyFile(file: string, keys: StoreKeys): void {
  writeFileSync(file, `${JSON.stringify(keys)}\n`, { mode: 0o600, flag: 'wx', flush: true })
}

/** Throws an Error in words for people when the file is missing or is none that `writeKeyFile` wrote. */
export function readKeyFile(file: string): StoreKeys {
  if (!existsSync(file)) throw new Error(`there is no file ${file}`)
  try {
    const { secretKey, ...others } = JSON.parse(readFileSync(file, 'utf8')) as Partial<StoreKeys>
    const { operatorToken, evidenceKey } = others
    if (typeof secretKey === 'string') return { secretKey, operatorToken, evidenceKey }
  } catch (cause) {
    throw new Error(`${file} is no file of keys: it is not JSON`, { cause })
  }
  throw new Error(`${file} is no file of keys: it has no secretKey. weir backup --with-keys FILE writes one.`)
}

/** Puts the keys where a node looks for them; what lies there already stays. */
export function placeKeys(dataDir: string, keys: StoreKeys): void {
  const { secretKey, operatorToken, evidenceKey } = keys
  readOrCreatePrivateFile(join(dataDir, SECRET_KEY), () => secretKey)
  if (operatorToken) readOrCreatePrivateFile(join(dataDir, OPERATOR_TOKEN), () => operatorToken)
  if (evidenceKey) readOrCreatePrivateFile(join(dataDir, EVIDENCE_KEY_FILE), () => evidenceKey)
}
