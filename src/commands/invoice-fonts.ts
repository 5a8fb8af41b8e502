import { readFileSync } from 'node:fs'
import { whyNoFont } from '../control-plane/documents/pdf-letters.ts'
import { UsageError } from './usage-error.ts'

/** The fonts that `--invoice-font` names, in their order. Throws a UsageError for a file that is no font. */
export function readInvoiceFonts(files: readonly string[]): Uint8Array[] {
  return files.map(file => {
    const font = bytesOf(file)
    const why = whyNoFont(font)
    if (why !== undefined) {
      throw new UsageError(
        `--invoice-font ${file} cannot be used: ${why}; name a TrueType, OpenType or WOFF file of one font`,
      )
    }
    return font
  })
}

function bytesOf(file: string): Uint8Array {
  try {
    return readFileSync(file)
  } catch (error) {
    throw new UsageError(`--invoice-font ${file} cannot be read: ${(error as Error).message}`)
  }
}
