import type { UsageReader } from './usage-questions.ts'

/** A reader whose answers wait until they may go on: what happens while usage is being counted comes in between. */
export function heldReader(real: UsageReader) {
  const asked = Promise.withResolvers<void>()
  const free = Promise.withResolvers<void>()
  const reader: UsageReader = {
    async ask(kind, question) {
      asked.resolve()
      await free.promise
      return real.ask(kind, question)
    },
    close: async () => real.close(),
  }
  return { reader, asked: asked.promise, goOn: () => free.resolve() }
}
