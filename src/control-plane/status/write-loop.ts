import type { BaseLogger } from 'pino'
import type { EvidenceHead } from '../../store/evidence.ts'
import type { Board, Shown, ShownStatus, StatusBoard } from './status-board.ts'

interface WriteLoopOptions {
  /** What is written, as the log names it. */
  readonly what: string
  /** Where to, for the log. */
  readonly to: string
  readonly everyMs: number
  readonly status: Pick<StatusBoard, 'current'>
  readonly evidence: Pick<Board<readonly EvidenceHead[]>, 'current'>
  readonly write: (status: ShownStatus, evidence: Shown<readonly EvidenceHead[]>) => Promise<unknown>
  readonly log: Pick<BaseLogger, 'info' | 'error'>
}

/** Writes what the status page shows at once and then again and again. `stop` waits for what is being written. */
export function startWriteLoop({ what, to, everyMs, status, evidence, write, log }: WriteLoopOptions) {
  let writing: Promise<void> | undefined
  /** One line when it begins to fail or to work, not one each time. */
  let worked: boolean | undefined

  async function writeNow(): Promise<void> {
    try {
      const shown = await status.current()
      const heads = await evidence.current()
      if (shown === undefined || heads === undefined) return
      await write(shown, heads)
      if (worked !== true) log.info({ to }, `${what} is written`)
      worked = true
    } catch (error) {
      if (worked !== false) log.error({ err: error, to }, `${what} could not be written`)
      worked = false
    }
  }
  const begin = () => void (writing ??= writeNow().finally(() => (writing = undefined)))
  const timer = setInterval(begin, everyMs)
  begin()
  return {
    async stop(): Promise<void> {
      clearInterval(timer)
      await writing
    },
  }
}
