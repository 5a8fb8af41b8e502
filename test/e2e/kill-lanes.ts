import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { StorePlace } from '../../src/store/open-store.ts'
import { type Cluster, startNode } from '../nodes/node-process.ts'
import type { WeirProcess } from './process.ts'

/** A Weir of one process or several, of which any may be killed and started again on its data. */
export interface KillLane {
  readonly name: string
  readonly store: StorePlace
  readonly cluster: Cluster
  /** Its processes by name. The first carries the traffic, the last has the control API. */
  readonly processes: readonly string[]
  /** Starts a process that does not run, and resolves with its addresses once it serves. */
  start(process: string): Promise<Addresses>
  end(process: string, signal?: NodeJS.Signals): Promise<number | NodeJS.Signals>
  /** Ends all that runs. */
  killAll(): Promise<unknown>
  /** Files of usage that wait for the store; one may be there though nothing waits. */
  waiting(): number
}

interface Addresses {
  /** Empty: it carries no traffic. */
  readonly gateway: string
  readonly control: string
}

interface LaneParts {
  readonly cluster: Cluster
  readonly contract: string
  readonly upstream: string
}

/** One process on SQLite. */
export function laneOnFile(parts: LaneParts): KillLane {
  const { folder } = parts.cluster
  const args = ['--contract', parts.contract, '--upstream', parts.upstream]
  const store = { file: join(folder, 'weir', 'weir.db') }
  return laneOf('one process', { ...parts, store, args: { weir: args } })
}

/** A gateway and a control node on one Postgres. */
export function laneOfNodes(parts: LaneParts): KillLane {
  const { contract, upstream, cluster } = parts
  const args = {
    gateway: ['--role', 'gateway', '--upstream', upstream],
    control: ['--role', 'control', '--contract', contract],
  }
  return laneOf('two nodes', { ...parts, store: { url: cluster.databaseUrl }, args })
}

function laneOf(
  name: string,
  {
    cluster,
    store,
    args,
  }: LaneParts & { readonly store: StorePlace; readonly args: Record<string, string[]> },
): KillLane {
  const running = new Map<string, WeirProcess>()
  const processes = Object.keys(args)
  return {
    name,
    store,
    cluster,
    processes,
    async start(process) {
      const started = startNode(cluster, process, args[process]!, {
        WEIR_DATABASE_URL: 'url' in store ? store.url : undefined,
      })
      running.set(process, started)
      const [, gateway = '', control] = await started.shows(/(?:"gateway":"([^"]+)",)?"control":"([^"]+)"/)
      return { gateway, control: control! }
    },
    async end(process, signal) {
      return running.get(process)!.end(signal)
    },
    killAll: async () => Promise.all([...running.values()].map(each => each.end('SIGKILL'))),
    waiting: () => readdirSync(join(cluster.folder, processes[0]!, 'spool')).length,
  }
}
