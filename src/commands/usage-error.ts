/** Something that the person at the command line can mend; its message says how. It is shown without a stack. */
export class UsageError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'UsageError'
  }
}
