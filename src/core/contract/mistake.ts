/** One thing wrong in a contract, where it stands and what to do about it. Lines and columns count from 1. */
export interface Mistake {
  readonly file: string
  readonly line: number
  readonly column: number
  readonly message: string
}

/** `FILE:LINE:COLUMN: message`, the form that editors and terminals make clickable. */
export function formatMistake(mistake: Mistake): string {
  return `${mistake.file}:${mistake.line}:${mistake.column}: ${mistake.message}`
}
