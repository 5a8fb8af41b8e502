/** Where something is not as it has to be. */
export interface Break {
  /** From 1. */
  readonly line: number
  readonly field: string
  readonly expected: string
  readonly found: string
}

const MOST_SHOWN = 80

/** A value that was found, short enough to print. */
export function shown(value: unknown): string {
  return shortened(typeof value === 'string' ? value : (JSON.stringify(value) ?? 'nothing'))
}

export function shortened(text: string): string {
  if (text === '') return 'nothing'
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text
}

/** A text of unknown origin with every character visible: none moves a cursor, starts a line or turns the writing around. */
export function visible(text: string): string {
  return text.replaceAll(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd')
}

/** A break if the two are not the same. */
export function different(line: number, field: string, expected: unknown, found: unknown): Break[] {
  return expected === found ? [] : [{ line, field, expected: shown(expected), found: shown(found) }]
}
