import type { Recorder } from '../../src/data-plane/recording/recorder.ts'

export { durationBounds } from '../../src/data-plane/recording/recorder.ts'

/** Weir's recorder as far as the gateway can tell; nothing is remembered, so nothing is reported. */
export function createRecorder(): Recorder {
  const nothing = () => undefined
  return {
    request: nothing,
    slice: nothing,
    user: nothing,
    opened: () => nothing,
    countersFull: nothing,
    connectionRefused: nothing,
    stalled: nothing,
    take: nothing,
  }
}
