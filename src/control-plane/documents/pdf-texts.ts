import { GAP, type Piece, openLetters, printable, wrapped } from './pdf-letters.ts'

export const INK = { text: '#1a1a1a', soft: '#5f6368', rule: '#c4c7cc', warn: '#a50e0e' } as const

export interface TextStyle {
  readonly size: number
  readonly bold?: boolean
  readonly color?: string
  readonly align?: 'left' | 'right'
}

export interface Texts {
  /** The height that a text takes in that width. */
  readonly heightOf: (text: string, width: number, style: TextStyle) => number
  /** Draws, wrapped to the width; answers the height. */
  readonly text: (text: string, x: number, y: number, width: number, style: TextStyle) => number
  /** Draws on one line, smaller when it is too wide: a number cut in two would be read as another number. */
  readonly number: (text: string, x: number, y: number, width: number, style: TextStyle) => void
  /** Has anything been written for which there is no letter in any font? */
  readonly hasGaps: boolean
}

export function openTexts(pdf: PDFKit.PDFDocument, fonts: readonly Uint8Array[]): Texts {
  const letters = openLetters(pdf, fonts)
  let hasGaps = false

  function widthOf(pieces: readonly Piece[], size: number): number {
    return pieces.reduce(
      (width, { font, text }) => width + pdf.font(font).fontSize(size).widthOfString(text),
      0,
    )
  }

  function linesOf(text: string, width: number, { size, bold = false }: TextStyle): string[] {
    return wrapped(printable(text), width, part => widthOf(letters.piecesOf(part, bold), size))
  }

  function drawLine(pieces: readonly Piece[], x: number, baseline: number, size: number): void {
    let at = x
    for (const { font, text } of pieces) {
      hasGaps ||= text.includes(GAP)
      pdf.font(font).fontSize(size)
      pdf.text(text, at, baseline, { lineBreak: false, baseline: 'alphabetic' })
      at += pdf.widthOfString(text)
    }
  }

  function draw(line: string, x: number, top: number, width: number, style: TextStyle, size: number): void {
    const { bold = false, align = 'left', color = INK.text } = style
    const pieces = letters.piecesOf(line, bold)
    const start = align === 'left' ? x : x + width - widthOf(pieces, size)
    pdf.fillColor(color)
    drawLine(pieces, start, top + style.size * ASCENT, size)
  }

  return {
    get hasGaps() {
      return hasGaps
    },
    heightOf(text, width, style) {
      return linesOf(text, width, style).length * lineHeight(style)
    },
    text(text, x, y, width, style) {
      const lines = linesOf(text, width, style)
      for (const [index, line] of lines.entries()) {
        draw(line, x, y + index * lineHeight(style), width, style, style.size)
      }
      return lines.length * lineHeight(style)
    },
    number(text, x, y, width, style) {
      const full = widthOf(letters.piecesOf(text, style.bold ?? false), style.size)
      draw(text, x, y, width, style, style.size * Math.min(1, width / (full + 0.1)))
    },
  }
}

/** Of Roboto, as shares of its size: from the top to the baseline, and from line to line with a little air. */
const ASCENT = 0.927
const LEADING = 1.3

function lineHeight({ size }: TextStyle): number {
  return size * LEADING
}
