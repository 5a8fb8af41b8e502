import type { Report } from './recorder.ts'

/** The open connections of each gateway thread: one that dies cannot say any more that they have ended. */
export interface ThreadConnections {
  note(thread: number, report: Pick<Report, 'opened' | 'closed'>): void
  /** Those of a thread that is gone, once. */
  take(thread: number): string[]
}

export function createThreadConnections(): ThreadConnections {
  const byThread = new Map<number, Set<string>>()

  return {
    note(thread, { opened, closed }) {
      let open = byThread.get(thread)
      if (!open) byThread.set(thread, (open = new Set()))
      for (const { id } of opened) open.add(id)
      for (const { id } of closed) open.delete(id)
    },
    take(thread) {
      const open = byThread.get(thread) ?? []
      byThread.delete(thread)
      return [...open]
    },
  }
}
