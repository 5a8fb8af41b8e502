import { registerHooks } from 'node:module'

/**
 * Preloaded (`node --import`), it puts a recorder that keeps nothing in the place of Weir's, in every thread: what
 * is left is the gateway without recording. The product has no such switch.
 */
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context)
    const isRecorder = found.url.endsWith('/data-plane/recording/recorder.ts')
    return isRecorder && context.parentURL !== INSTEAD ? { ...found, url: INSTEAD } : found
  },
})

const INSTEAD = new URL('./keeps-nothing.ts', import.meta.url).href
