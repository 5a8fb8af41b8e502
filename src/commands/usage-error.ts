/** Something that the person at the command line can mend; its message says how. It is shown without a stack. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}

/** What can be mended from outside comes as an Error with a sentence; what the language throws is ours to mend. */
export function isBug(error: unknown): boolean {
  return (
    !(error instanceof Error) || [TypeError, RangeError, ReferenceError].some(bug => error instanceof bug)
  )
}
