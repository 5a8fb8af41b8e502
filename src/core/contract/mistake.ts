/** One thing wrong in a contract, where it stands and what to do about it. Lines and columns count from 1. */
export interface Mistake {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

/**
 * `FILE:LINE:COLUMN: message`, the form that editors and terminals make clickable. Always one line: a message may
 * quote the contract, and what it quotes must not pass for a mistake of its own.
 */
export function formatMistake({ file, line, column, message }: Mistake): string {
  return `${file}:${line}:${column}: ${message.replaceAll(CONTROL, escaped)}`
}

// oxlint-disable-next-line no-control-regex -- these are what is looked for
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/g

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
}
