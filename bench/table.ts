import type { Figures } from './rounds.ts'

/** Rows of figures as a Markdown table. */
export function table(title: string, rows: ReadonlyMap<string, Figures>, digits = 0): string {
  const names = [...new Set([...rows.values()].flatMap(figures => Object.keys(figures)))]
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`
  return [
    `\n### ${title}\n`,
    line(['', ...names]),
    line(['---', ...names.map(() => '---:')]),
    ...[...rows].map(([name, figures]) =>
      line([name, ...names.map(each => (figures[each] === undefined ? '' : figures[each].toFixed(digits)))]),
    ),
  ].join('\n')
}
