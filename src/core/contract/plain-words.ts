/** The small change of describing a contract: numbers, amounts, enumerations, durations and tables as people write them. */

/** `10,000` */
export function grouped(value: number): string {
  return String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** `8,000.00 USD`, exactly as many decimals as the contract has. */
export function money(amount: string, currency: string): string {
  const [units = '', decimals] = amount.split('.')
  const shown = units.replaceAll(/\B(?=(\d{3})+$)/g, ',')
  return `${decimals === undefined ? shown : `${shown}.${decimals}`} ${currency}`
}

/** `a, b and c` */
export function enumerated(parts: readonly string[], last = 'and'): string {
  if (parts.length < 2) return parts.join('')
  return `${parts.slice(0, -1).join(', ')} ${last} ${parts.at(-1) ?? ''}`
}

/** `1 hour`, `10,000 users` */
export function counted(value: number, singular: string, plural = `${singular}s`): string {
  return `${grouped(value)} ${value === 1 ? singular : plural}`
}

/** `4 hours`, `90 minutes` */
export function minutes(value: number): string {
  return value % 60 === 0 ? counted(value / 60, 'hour') : counted(value, 'minute')
}

/** The time that may pass below a percentage of 30 days: `21 minutes 36 seconds`; a part of a second is dropped. */
export function allowanceIn30Days(target: string): string {
  const [units = '0', decimals = ''] = target.split('.')
  const scale = 10n ** BigInt(decimals.length)
  const promised = BigInt(units + decimals)
  const seconds = Number((2_592_000n * (100n * scale - promised)) / (100n * scale))
  const parts = [
    [Math.floor(seconds / 3_600), 'hour'] as const,
    [Math.floor((seconds % 3_600) / 60), 'minute'] as const,
    [seconds % 60, 'second'] as const,
  ]
  const shown = parts.flatMap(([value, unit]) => (value === 0 ? [] : [counted(value, unit)]))
  return shown.length === 0 ? 'no time at all' : shown.join(' ')
}

/** Columns of equal width, two spaces apart; all but the first `left` columns are numbers and stand right. */
export function table(rows: readonly (readonly string[])[], left: number): string[] {
  const width = (column: number) => Math.max(...rows.map(row => row[column]?.length ?? 0))
  const widths = (rows[0] ?? []).map((_, column) => width(column))
  return rows.map(row =>
    row
      .map((cell, column) =>
        column < left ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0),
      )
      .join('  ')
      .trimEnd(),
  )
}

/** Words in lines of at most `width` characters, each after `indent`. */
export function wrapped(text: string, indent = '', width = 100): string[] {
  const lines: string[] = []
  let line = indent
  for (const word of text.split(' ')) {
    if (line.length > indent.length && line.length + 1 + word.length > width) {
      lines.push(line)
      line = indent
    }
    line += line.length === indent.length ? word : ` ${word}`
  }
  return [...lines, line]
}
