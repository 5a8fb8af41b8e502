import { execFile } from 'node:child_process'
import { cpSync, mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const root = join(import.meta.dirname, '../..')

/** Builds the client into a folder of the test's own: several tests build at the same time. */
export async function buildClient(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  cpSync(join(root, 'sdk/package.json'), join(folder, 'package.json'))
  const tsc = join(root, 'node_modules/.bin/tsc')
  await promisify(execFile)(tsc, ['-p', join(root, 'sdk'), '--outDir', join(folder, 'dist')])
}
