import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { addApp } from '../../store/apps.ts'
import { emptyBatch } from '../../store/batch.ts'
import { addContractVersion } from '../../store/contracts.ts'
import { lockDataDirectory } from '../../store/data-lock.ts'
import { openStore } from '../../store/open-store.ts'
import { type DeclaredEligibility, addOrganization } from '../../store/organizations.ts'
import { applyBatch } from '../../store/recording.ts'
import { addSubscription } from '../../store/subscriptions.ts'
import { userKey } from '../../store/user-key.ts'
import { runSimulate, type SimulateSettings } from '../simulate.ts'

const chatFile = 'contracts/chat.yaml'
export const chatYaml = readFileSync(chatFile, 'utf8')
export const at = (text: string) => Date.parse(`${text}Z`)
const nowMs = at('2026-11-05T00:00:00')

/** A store with the chat contract, held as a running Weir does: its lock taken, its log not yet written back. */
export async function openTestStore() {
  const data = mkdtempSync(join(tmpdir(), 'weir-simulate-'))
  const lock = lockDataDirectory(data)
  const store = await openStore({ file: join(data, 'weir.db') })
  const version = { yaml: chatYaml, documents: {}, source: 'file' as const }
  await addContractVersion(store.db, { ...version, loadedMs: 0, pricesFromMs: 0 })
  let batches = 0
  return {
    data,
    db: store.db,
    /** With one app, `app_ID`. */
    async customer(id: string, plan: string, eligibility?: DeclaredEligibility): Promise<void> {
      const createdMs = at('2026-01-01T00:00:00')
      await addOrganization(store.db, { id, name: id, billing: {}, eligibility, createdMs })
      const held = { id: `sub_${id}`, organizationId: id, plan, supportPlan: 'developer', addOns: [] }
      await addSubscription(store.db, {
        ...held,
        interval: 'monthly',
        fromMs: createdMs,
        createdMs,
        author: 'operator',
      })
      const app = { id: `app_${id}`, organizationId: id, name: 'main', sealedSecret: new Uint8Array(1) }
      await addApp(store.db, { ...app, createdMs })
    },
    async recordUsers(appId: string, count: number, atMs: number): Promise<void> {
      const users = Array.from({ length: count }, (_, user) => ({
        appId,
        userKey: userKey(appId, `user ${user}`),
        atMs,
      }))
      await applyBatch(store.db, { ...emptyBatch('users', ++batches, atMs), users })
    },
    /** Each `[openMs, closeMs]`. */
    async recordConnections(appId: string, spans: readonly (readonly [number, number])[]): Promise<void> {
      const number = ++batches
      const ids = spans.map((_, index) => `${number}-${index}`)
      const opened = spans.map(([atMs], index) => ({
        id: ids[index] ?? '',
        appId,
        userKey: undefined,
        platform: 'web',
        endpoint: 'Connect',
        atMs,
      }))
      const closed = spans.map(([, atMs], index) => ({ id: ids[index] ?? '', atMs }))
      const batch = emptyBatch('sockets', number, spans.at(-1)?.[1] ?? 0)
      await applyBatch(store.db, { ...batch, opened, closed })
    },
    /** `weir simulate` of 2026-10, five days after it; `yaml` is a contract that is put into a file. */
    async simulate(
      more: Partial<SimulateSettings> & { readonly yaml?: string; readonly atMs?: number } = {},
    ) {
      const { yaml, atMs = nowMs, ...settings } = more
      const written = join(data, 'new.yaml')
      if (yaml !== undefined) writeFileSync(written, yaml)
      const contract = yaml === undefined ? chatFile : written
      const said = { out: '', err: '' }
      const io = { out: (text: string) => (said.out += text), err: (text: string) => (said.err += text) }
      const status = await runSimulate({ contract, month: '2026-10', data, ...settings }, io, atMs)
      return { status, ...said }
    },
    async close(): Promise<void> {
      await store.close()
      lock.release()
      rmSync(data, { recursive: true })
    },
  }
}
