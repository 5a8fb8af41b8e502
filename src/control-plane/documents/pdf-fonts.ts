import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { inflateSync } from 'node:zlib'

/** Bytes before the directory of tables. */
const WOFF_HEAD = 44
const SFNT_HEAD = 12

/**
 * Roboto, two files of 84 KB: Latin with all its marks, Greek, Cyrillic. The fonts that every PDF reader has know
 * Western European letters alone, so that Łódź would lose two of its four. Only the letters used are embedded.
 */
export const houseFonts: { readonly regular: Buffer; readonly bold: Buffer } = {
  regular: unpacked(file('Roboto-Regular.woff')),
  bold: unpacked(file('Roboto-Bold.woff')),
}

function file(name: string): Buffer {
  return readFileSync(fileURLToPath(import.meta.resolve(`roboto-fontface/fonts/roboto/${name}`)))
}

/**
 * A font out of its WOFF 1.0 file (W3C, sections 3 to 5), once: pdfkit would unpack a table each time it looks into
 * it, 2.4 s a document.
 */
function unpacked(woff: Buffer): Buffer {
  const count = woff.readUInt16BE(12)
  const tables = Array.from({ length: count }, (_, index) => {
    const entry = woff.subarray(WOFF_HEAD + index * 20, WOFF_HEAD + index * 20 + 20)
    const start = entry.readUInt32BE(4)
    const stored = woff.subarray(start, start + entry.readUInt32BE(8))
    const length = entry.readUInt32BE(12)
    const data = stored.length === length ? stored : inflateSync(stored)
    return { tag: entry.subarray(0, 4), checksum: entry.subarray(16, 20), data }
  })
  // The last three numbers of the head help to search the directory; fontkit reads it whole.
  const head = Buffer.alloc(SFNT_HEAD)
  woff.copy(head, 0, 4, 8)
  head.writeUInt16BE(count, 4)
  let offset = SFNT_HEAD + count * 16
  const entries = tables.map(({ tag, checksum, data }) => {
    const place = Buffer.alloc(8)
    place.writeUInt32BE(offset, 0)
    place.writeUInt32BE(data.length, 4)
    offset += padded(data.length)
    return Buffer.concat([tag, checksum, place])
  })
  const bodies = tables.map(({ data }) => Buffer.concat([data], padded(data.length)))
  return Buffer.concat([head, ...entries, ...bodies])
}

/** Tables begin at multiples of four bytes. */
function padded(length: number): number {
  return Math.ceil(length / 4) * 4
}
