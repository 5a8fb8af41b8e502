import type { BaseLogger } from 'pino'
import { exportStatus, type ExportOptions } from './export-status.ts'
import type { StatusBoard } from './status-board.ts'

interface ExportLoopOptions extends ExportOptions {
  readonly dir: string
  readonly everyMs: number
  readonly board: Pick<StatusBoard, 'current'>
  readonly log: Pick<BaseLogger, 'info' | 'error'>
}

/** Writes the status page at once and then again and again. `stop` waits for what is being written. */
export function startExportLoop({ dir, everyMs, board, log, ...options }: ExportLoopOptions) {
  let writing: Promise<void> | undefined
  /** One line when it begins to fail or to work, not one each time. */
  let worked: boolean | undefined

  async function write(): Promise<void> {
    try {
      const shown = await board.current()
      if (shown === undefined) return
      await exportStatus(dir, shown, options)
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
