import type { Result } from '../run.ts'
import { compare } from './gateway.ts'
import { UNRECORDED } from './gateways.ts'

const RECORDED = 'Weir, 1 thread'

/** What recording costs the gateway: Weir as it is beside the same without it, and the one as a share of the other. */
export async function recording(rounds: number): Promise<Result> {
  const rows = await compare([RECORDED, UNRECORDED], rounds)
  const [on, off] = [rows.get(RECORDED)!, rows.get(UNRECORDED)!]
  const share = Object.fromEntries(Object.keys(on).map(name => [name, (on[name]! / off[name]! - 1) * 100]))
  return [
    ['recording: one core, 64 keep-alive connections, small JSON', rows, 2],
    ['recording: on as against off', new Map([['change in %', share]]), 1],
  ]
}
