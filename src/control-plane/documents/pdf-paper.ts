import PdfDocument from 'pdfkit'
import { INK, type Texts, openTexts } from './pdf-texts.ts'

/** A4 in points, a seventy-second of an inch; y grows downwards. */
export const PAGE = { left: 56, right: 539, top: 56, bottom: 770, width: 483 } as const

export interface PaperFacts {
  readonly title: string
  readonly author: string
  readonly createdAt: Date
  /** Fonts besides the house's own, tried in turn for what it has no letters for. */
  readonly fonts: readonly Uint8Array[]
}

/** A document that is being written from top to bottom. What is drawn at `y` moves nothing; `y` is the writer's. */
export interface Paper extends Texts {
  y: number
  rule(y: number): void
  /** Goes to the next page unless so much fits on this one; true when it went. */
  makeRoom(height: number): boolean
  /** Runs once a page at the end, when it is known how many there are. */
  onEachPage(drawOn: (page: number, pages: number) => void): void
  finish(): Promise<Uint8Array>
}

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
  const texts = openTexts(pdf, facts.fonts)
  return {
    y: PAGE.top,
    get hasGaps() {
      return texts.hasGaps
    },
    heightOf: texts.heightOf,
    text: texts.text,
    number: texts.number,
    rule(y) {
      pdf.moveTo(PAGE.left, y).lineTo(PAGE.right, y).lineWidth(0.5).strokeColor(INK.rule).stroke()
    },
    makeRoom(height) {
      if (this.y + height <= PAGE.bottom) return false
      pdf.addPage()
      this.y = PAGE.top
      return true
    },
    onEachPage(drawOn) {
      const { count } = pdf.bufferedPageRange()
      for (let page = 0; page < count; page++) {
        pdf.switchToPage(page)
        drawOn(page + 1, count)
      }
    },
    async finish() {
      pdf.end()
      await ended
      return Buffer.concat(chunks)
    },
  }
}
