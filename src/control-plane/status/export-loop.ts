import type { BaseLogger } from 'pino'
import type { EvidenceHead } from '../../store/evidence.ts'
import { exportStatus, type ExportOptions } from './export-status.ts'
import type { Board, StatusBoard } from './status-board.ts'

interface ExportLoopOptions extends Omit<ExportOptions, 'evidence'> {
  readonly dir: string
  readonly everyMs: number
  readonly board: Pick<StatusBoard, 'current'>
  readonly evidenceBoard: Pick<Board<readonly EvidenceHead[]>, 'current'>
  readonly publicKey: string
  readonly log: Pick<BaseLogger, 'info' | 'error'>
}

/** Writes the status page at once and then again and again. `stop` waits for what is being written. */
export function startExportLoop(options: ExportLoopOptions) {
  const { dir, everyMs, board, evidenceBoard, publicKey, publicUrl, ways, log } = options
  let writing: Promise<void> | undefined
  /** One line when it begins to fail or to work, not one each time. */
  let worked: boolean | undefined

  async function write(): Promise<void> {
    try {
      const shown = await board.current()
      const heads = await evidenceBoard.current()
      if (shown === undefined || heads === undefined) return
      await exportStatus(dir, shown, { publicUrl, ways, evidence: { heads, publicKey } })
      if (worked !== true) log.info({ dir }, 'the status page is written as files')
      worked = true
    } catch (error) {
      if (worked !== false) log.error({ err: error, dir }, 'the status page could not be written as files')
      worked = false
    }
  }
  const begin = () => void (writing ??= write().finally(() => (writing = undefined)))
  const timer = setInterval(begin, everyMs)
  begin()
  return {
    async stop(): Promise<void> {
      clearInterval(timer)
      await writing
    },
  }
}
