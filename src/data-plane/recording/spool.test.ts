import {
  appendFileSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { emptyBatch } from '../../store/batch.ts'
import { type Spool, openSpool } from './spool.ts'

let directory: string
let lost: number[]
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'weir-spool-'))
  lost = []
})
afterEach(() => rmSync(directory, { recursive: true }))

const open = async (maxBytes = 1 << 20, startedMs = 1) =>
  openSpool({
    directory,
    maxBytes,
    nodeId: `node_${startedMs}`,
    startedMs,
    onLost: ({ bytes }) => lost.push(bytes),
    onSyncError: error => expect.unreachable(String(error)),
  })

const batch = (sequence: number) => ({
  ...emptyBatch('node', sequence, 1),
  users: [{ appId: 'a', userKey: crypto.randomUUID(), atMs: 1 }],
})

const sequences = async (spool: Spool) => (await spool.oldest(1e6)).map(each => each.batch.sequence)
const onlyFile = () => join(directory, readdirSync(directory)[0]!)

async function filled(count: number): Promise<Spool> {
  const spool = await open()
  for (let sequence = 1; sequence <= count; sequence++) expect(await spool.append(batch(sequence))).toBe(true)
  return spool
}

it('gives batches in their order, also after it was opened again, until they are taken', async () => {
  const first = await filled(40)
  expect(await sequences(first)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1))
  for (const each of (await first.oldest(1e6)).slice(0, 39)) await first.taken(each)
  expect(await sequences(first)).toEqual([40])
  expect(first.rows).toBe(1)
  await first.close()
  const second = await open(1 << 20, 2)
  await second.append(batch(41))
  // Nobody noted what was taken: it comes again, and the store knows it.
  expect((await sequences(second)).slice(-2)).toEqual([40, 41])
  for (const each of await second.oldest(1e6)) await second.taken(each)
  expect(await sequences(second)).toEqual([])
  expect(second.rows).toBe(0)
  await second.close()
  expect(lost).toEqual([])
})

it('cuts off a torn tail at any byte, says how much, and keeps what was whole', async () => {
  await (await filled(2)).close()
  const file = onlyFile()
  const whole = readFileSync(file)
  const firstLength = 12 + whole.readUInt32LE(0)
  for (const cut of [1, 11, 12, 13, whole.length - firstLength - 1]) {
    writeFileSync(file, whole)
    truncateSync(file, firstLength + cut)
    const spool = await open(1 << 20, 2)
    expect(await sequences(spool)).toEqual([1])
    expect(lost.pop()).toBe(cut)
    await spool.close()
    expect(readFileSync(file)).toHaveLength(firstLength)
  }
})

it('reads nothing behind a byte that was changed', async () => {
  await (await filled(3)).close()
  const bytes = readFileSync(onlyFile())
  bytes[bytes.length - 1]! ^= 1
  writeFileSync(onlyFile(), bytes)
  appendFileSync(onlyFile(), 'noise')
  const spool = await open(1 << 20, 2)
  expect(await sequences(spool)).toEqual([1, 2])
  expect(lost).toHaveLength(1)
  await spool.close()
})

it('never takes more of the disk than its bound, and gives it back when the store has taken it', async () => {
  const spool = await open(8 << 10)
  let kept = 0
  while (await spool.append(batch(kept + 1))) kept++
  const onDisk = () =>
    readdirSync(directory).reduce((sum, name) => sum + readFileSync(join(directory, name)).length, 0)
  expect(kept).toBeGreaterThan(10)
  expect(onDisk()).toBe(spool.bytes)
  expect(spool.bytes).toBeLessThanOrEqual(8 << 10)
  expect(await spool.append(batch(kept + 1), true)).toBe(true)
  for (const each of await spool.oldest(1e6)) await spool.taken(each)
  expect(await spool.append(batch(kept + 2))).toBe(true)
  expect(onDisk()).toBe(spool.bytes)
  await spool.close()
})
