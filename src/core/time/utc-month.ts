/** The UTC calendar month of an instant in Unix milliseconds, as `YYYY-MM`. */
export function utcMonth(atMs: number): string {
  return new Date(atMs).toISOString().slice(0, 7)
}
