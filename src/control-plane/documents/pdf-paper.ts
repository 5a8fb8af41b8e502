import PdfDocument from 'pdfkit'
import { houseFonts } from './pdf-fonts.ts'

/** A4 in points, a seventy-second of an inch; y grows downwards. */
export const PAGE = { left: 56, right: 539, top: 56, bottom: 770, width: 483 } as const

export const INK = { text: '#1a1a1a', soft: '#5f6368', rule: '#c4c7cc', warn: '#a50e0e' } as const

export interface TextStyle {
  readonly size: number
  readonly bold?: boolean
  readonly color?: string
  readonly align?: 'left' | 'right'
}

export interface PaperFacts {
  readonly title: string
  readonly author: string
  readonly createdAt: Date
  /** Fonts besides the house's own, tried in turn for what it has no letters for. */
  readonly fonts: readonly Uint8Array[]
}

/** A document that is being written from top to bottom. What is drawn at `y` moves nothing; `y` is the writer's. */
export interface Paper {
  y: number
  /** The height that a text takes in that width. */
  heightOf(text: string, width: number, style: TextStyle): number
  /** Draws, wrapped to the width; answers the height. */
  text(text: string, x: number, y: number, width: number, style: TextStyle): number
  /** Draws on one line, smaller when it is too wide: a number cut in two would be read as another number. */
  number(text: string, x: number, y: number, width: number, style: TextStyle): void
  rule(y: number): void
  /** Goes to the next page unless so much fits on this one; true when it went. */
  makeRoom(height: number): boolean
  /** Has anything been written for which there is no letter in any font? */
  readonly hasGaps: boolean
  /** Runs once a page at the end, when it is known how many there are. */
  onEachPage(draw: (page: number, pages: number) => void): void
  finish(): Promise<Uint8Array>
}

const GAP = '\ufffd'

/** The same facts and the same drawing give the same bytes. */
export function newPaper(facts: PaperFacts): Paper {
  const pdf = new PdfDocument({
    size: 'A4',
    margin: 0,
    bufferPages: true,
    pdfVersion: '1.7',
    lang: 'en',
    displayTitle: true,
    info: {
      Title: facts.title,
      Author: facts.author,
      CreationDate: facts.createdAt,
      Producer: 'Weir',
      Creator: 'Weir',
    },
  })
  const chunks: Uint8Array[] = []
  pdf.on('data', (chunk: Uint8Array) => chunks.push(chunk))
  const ended = new Promise<void>((resolve, reject) => {
    pdf.once('end', resolve)
    pdf.once('error', reject)
  })
  const faces = openFaces(pdf, facts.fonts)
  let hasGaps = false

  function prepare(text: string, { size, bold = false }: TextStyle): string {
    const { name, written } = faces.faceFor(printable(text), bold)
    hasGaps ||= written.includes(GAP)
    pdf.font(name).fontSize(size)
    return written
  }

  return {
    y: PAGE.top,
    get hasGaps() {
      return hasGaps
    },
    heightOf(text, width, style) {
      return pdf.heightOfString(prepare(text, style), { width, lineGap: LINE_GAP })
    },
    text(text, x, y, width, style) {
      const written = prepare(text, style)
      const { align = 'left', color = INK.text } = style
      pdf.fillColor(color).text(written, x, y, { width, align, lineGap: LINE_GAP })
      return pdf.y - y
    },
    number(text, x, y, width, style) {
      const written = prepare(text, style)
      const size = Math.min(style.size, (style.size * width) / (pdf.widthOfString(written) + 0.1))
      const { align = 'left', color = INK.text } = style
      // The baseline stays where it is with the full size.
      pdf.fontSize(size).fillColor(color)
      pdf.text(written, x, y + (style.size - size) * ASCENT, { width, align, lineBreak: false })
    },
    rule(y) {
      pdf.moveTo(PAGE.left, y).lineTo(PAGE.right, y).lineWidth(0.5).strokeColor(INK.rule).stroke()
    },
    makeRoom(height) {
      if (this.y + height <= PAGE.bottom) return false
      pdf.addPage()
      this.y = PAGE.top
      return true
    },
    onEachPage(draw) {
      const { count } = pdf.bufferedPageRange()
      for (let page = 0; page < count; page++) {
        pdf.switchToPage(page)
        draw(page + 1, count)
      }
    },
    async finish() {
      pdf.end()
      await ended
      return Buffer.concat(chunks)
    },
  }
}

const LINE_GAP = 1.5
/** Of Roboto, as a share of its size. */
const ASCENT = 0.927

interface Faces {
  /** The first font with a letter for each sign; else the one with the fewest gaps, and a mark in each gap. */
  faceFor(text: string, bold: boolean): { readonly name: string; readonly written: string }
}

function openFaces(pdf: PDFKit.PDFDocument, fonts: readonly Uint8Array[]): Faces {
  const { regular, bold } = houseFonts()
  const all = [
    { name: 'regular', data: regular },
    { name: 'bold', data: bold },
    ...fonts.map((data, index) => ({ name: `font ${index + 1}`, data })),
  ]
  const open = all.map(({ name, data }) => {
    pdf.registerFont(name, Buffer.from(data))
    return { name, has: letterTest(pdf, name) }
  })
  return {
    faceFor(text, isBold) {
      const candidates = open.filter(({ name }) => name !== (isBold ? 'regular' : 'bold'))
      const tried = candidates.map(({ name, has }) => {
        const signs = Array.from(text, sign => (sign === '\n' || has(sign) ? sign : GAP))
        return { name, written: signs.join(''), gaps: signs.filter(sign => sign === GAP).length }
      })
      const [best] = tried.toSorted((a, b) => a.gaps - b.gaps)
      if (best === undefined) throw new Error('a paper has its house fonts at least')
      return best
    },
  }
}

/** pdfkit keeps the opened font to itself, but its types do not tell of it. */
function letterTest(pdf: PDFKit.PDFDocument, name: string): (sign: string) => boolean {
  const { _font: opened } = pdf.font(name) as unknown as {
    readonly _font: { readonly font: { hasGlyphForCodePoint(code: number): boolean } }
  }
  return sign => opened.font.hasGlyphForCodePoint(sign.codePointAt(0) ?? 0)
}

/** Signs that steer (controls, directions) would draw nothing or turn the text around them. */
function printable(text: string): string {
  return text
    .toWellFormed()
    .normalize('NFC')
    .replace(/\r\n?/g, '\n')
    .replace(/\t/g, ' ')
    .replace(/[\p{Cc}\p{Cf}]/gu, sign => (sign === '\n' ? sign : ''))
}
