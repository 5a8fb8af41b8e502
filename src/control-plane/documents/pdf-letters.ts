import PdfDocument from 'pdfkit'
import { houseFonts } from './pdf-fonts.ts'

const SPACE = 32

/** Stands where no font has a letter. */
export const GAP = '\ufffd'

/** A stretch of text in one font. */
export interface Piece {
  readonly font: string
  readonly text: string
}

export interface Letters {
  /** Each letter from the first font that has it: the house's, then the others in turn. */
  piecesOf(text: string, bold: boolean): Piece[]
}

export function openLetters(pdf: PDFKit.PDFDocument, fonts: readonly Uint8Array[]): Letters {
  const others = fonts.map((data, index) => openFont(pdf, `font ${index + 1}`, Buffer.from(data)))
  const regular = openFont(pdf, 'regular', houseFonts.regular)
  const bold = openFont(pdf, 'bold', houseFonts.bold)
  return {
    piecesOf(text, isBold) {
      const house = isBold ? bold : regular
      const pieces: Piece[] = []
      // A mark stays with the letter it stands on.
      for (const [letter] of text.matchAll(/\P{M}\p{M}*|\p{M}+/gsu)) {
        const font = [house, ...others].find(({ has }) => Array.from(letter).every(has))
        const piece = { font: (font ?? house).name, text: font === undefined ? GAP : letter }
        const last = pieces.at(-1)
        if (last?.font === piece.font) pieces.splice(-1, 1, { ...last, text: last.text + piece.text })
        else pieces.push(piece)
      }
      return pieces
    },
  }
}

/** Why these bytes are no font that a PDF can be written with; undefined: they are one. It is tried. */
export function whyNoFont(data: Uint8Array): string | undefined {
  const pdf = new PdfDocument()
  try {
    const { code } = openFont(pdf, 'font', Buffer.from(data))
    pdf.text(String.fromCodePoint(code))
    pdf.end()
    return undefined
  } catch (error) {
    const isOther = error instanceof Error && error.message === 'Unknown font format'
    return isOther ? 'it is no font' : `it is damaged, or several fonts in one (${String(error)})`
  }
}

interface OpenFont {
  readonly name: string
  readonly has: (sign: string) => boolean
  /** Of one of its letters. */
  readonly code: number
}

function openFont(pdf: PDFKit.PDFDocument, name: string, data: Buffer): OpenFont {
  // pdfkit keeps the opened font to itself, so its types do not tell of it.
  const { _font: kept } = pdf.registerFont(name, data).font(name) as unknown as {
    readonly _font: {
      readonly font: {
        readonly characterSet: readonly number[]
        hasGlyphForCodePoint(code: number): boolean
      }
    }
  }
  const { font: opened } = kept
  return {
    name,
    has: sign => opened.hasGlyphForCodePoint(sign.codePointAt(0) ?? 0),
    get code() {
      return opened.characterSet.find(code => code > SPACE) ?? SPACE
    },
  }
}

/** Signs that steer (controls, directions) would draw nothing or turn the text around them. */
export function printable(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, sign => (sign === '\n' ? sign : ''))
}

/** Lines no wider than `width`, broken at spaces; a word that is wider itself is broken anywhere. */
export function wrapped(text: string, width: number, widthOf: (text: string) => number): string[] {
  return text.split('\n').flatMap(paragraph => {
    const lines: string[] = []
    let line = ''
    for (const [word] of paragraph.matchAll(/\S+\s*|\s+/gu)) {
      if (widthOf((line + word).trimEnd()) <= width) {
        line += word
        continue
      }
      if (line !== '') lines.push(line.trimEnd())
      line = ''
      for (const [letter] of word.matchAll(/\P{M}\p{M}*|\p{M}+/gsu)) {
        if (line !== '' && widthOf((line + letter).trimEnd()) > width) {
          lines.push(line)
          line = ''
        }
        line += letter
      }
    }
    return [...lines, line.trimEnd()]
  })
}
