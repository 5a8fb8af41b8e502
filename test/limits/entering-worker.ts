import { parentPort, workerData } from 'node:worker_threads'
import { type PeerMemory, openPeerCounts } from '../../src/data-plane/gateway/peer-counts.ts'

export interface Entering {
  readonly owner: number
  readonly memory: PeerMemory
  readonly limits: { readonly maxConnectionsPerPeer: number; readonly maxConnections: number }
  readonly connections: number
}

/** Lets connections of one peer in as fast as it can and answers with how many entered. */
const { owner, memory, limits, connections } = workerData as Entering
const peers = openPeerCounts(memory, owner, limits)

parentPort!.postMessage('ready')
parentPort!.once('message', () => {
  let entered = 0
  for (let i = 0; i < connections; i++) if (peers.enter('192.0.2.1') === 'entered') entered++
  parentPort!.postMessage(entered)
})
