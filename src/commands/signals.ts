/** A shell, npm and a terminal may each pass one request to end on: repeats within this time are the same one. */
const SAME_REQUEST_MS = 1000

/** Resolves with the first signal that asks the process to end; another one, later, ends it at once. */
export function untilSignalled(): Promise<NodeJS.Signals> {
  return new Promise(resolve => {
    let askedAt: number | undefined
    for (const signal of ['SIGTERM', 'SIGINT'] as const) {
      process.on(signal, () => {
        askedAt ??= performance.now()
        if (performance.now() - askedAt > SAME_REQUEST_MS) process.exit(1)
        resolve(signal)
      })
    }
  })
}
