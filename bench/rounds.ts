import { execFile } from 'node:child_process'
import { promisify } from 'node:util'

const run = promisify(execFile)

/** Figures by name; the same names for every subject of a benchmark. */
export type Figures = Readonly<Record<string, number>>

/** Runs a file of this folder in a process of its own and reads the figures it prints as JSON. */
export async function measureApart(file: string, args: readonly string[]): Promise<Figures> {
  const flags = ['--expose-gc', '--no-warnings']
  const { stdout } = await run(
    process.execPath,
    [...flags, new URL(file, import.meta.url).pathname, ...args],
    {
      maxBuffer: 1 << 24,
    },
  )
  return JSON.parse(stdout) as Figures
}

/**
 * Measures every subject once a round, in turn, so that a machine that grows slower slows all of them; the median
 * of the rounds is the figure.
 */
export async function interleave(
  subjects: readonly string[],
  rounds: number,
  measure: (subject: string) => Promise<Figures>,
): Promise<Map<string, Figures>> {
  const taken = new Map<string, Figures[]>(subjects.map(subject => [subject, []]))
  for (let round = 0; round < rounds; round++) {
    for (const subject of subjects) {
      process.stderr.write(`round ${round + 1} of ${rounds}: ${subject}\n`)
      const figures = await measure(subject)
      // A long benchmark that is cut off has told what it knew.
      process.stderr.write(`${JSON.stringify(figures)}\n`)
      taken.get(subject)!.push(figures)
    }
  }
  return new Map([...taken].map(([subject, figures]) => [subject, medians(figures)]))
}

export function medians(figures: readonly Figures[]): Figures {
  const names = Object.keys(figures[0] ?? {})
  return Object.fromEntries(names.map(name => [name, median(figures.map(each => each[name]!))]))
}

function median(numbers: readonly number[]): number {
  const sorted = numbers.toSorted((a, b) => a - b)
  const middle = sorted.length >> 1
  return sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2
}
