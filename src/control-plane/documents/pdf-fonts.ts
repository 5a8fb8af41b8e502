import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * Roboto, as a file of 84 KB each: Latin with all its marks, Greek, Cyrillic. The fonts that every PDF reader has know
 * Western European letters alone, so that Łódź would lose three of its four. Only the letters used are embedded.
 */
export function houseFonts(): { readonly regular: Uint8Array; readonly bold: Uint8Array } {
  return { regular: file('Roboto-Regular.woff'), bold: file('Roboto-Bold.woff') }
}

function file(name: string): Uint8Array {
  return readFileSync(fileURLToPath(import.meta.resolve(`roboto-fontface/fonts/roboto/${name}`)))
}
