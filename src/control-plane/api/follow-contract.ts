import type { BaseLogger } from 'pino'
import type { Contracts } from './contracts.ts'

/** Well within the second in which a change has to be seen everywhere. */
const POLL_MS = 250

/**
 * Keeps the contract in force that of the store while other nodes may put versions there. While the store cannot
 * be read, or holds a version that this Weir cannot read, the last one stands and the log says so once.
 */
export function followContract(
  contracts: Contracts,
  log: Pick<BaseLogger, 'info' | 'error'>,
): { stop(): Promise<void> } {
  let failing = false
  let running: Promise<void> | undefined
  const look = async () => {
    try {
      if (await contracts.refresh()) {
        log.info({ version: contracts.inForce().version }, 'another version of the contract is in force')
      }
      failing = false
    } catch (error) {
      if (!failing) log.error({ err: error }, 'the contract cannot be read again: the last one stands')
      failing = true
    }
  }
  const timer = setInterval(() => {
    running ??= look().finally(() => (running = undefined))
  }, POLL_MS)
  return {
    async stop() {
      clearInterval(timer)
      await running
    },
  }
}
