/** The chat contract without limits on a rate, and with a POST on the path that the corpus uses. */
export function unlimited(contract: string): string {
  return contract
    .replace('  user: 60 ', '  user: off ')
    .replace('    default: 1000\n', '    default: 100000000\n')
    .replace('burst: { divisor: 30 }', 'burst: off')
    .replace('  UpsertUsers: POST /users\n', '  UpsertUsers: POST /users\n  PostApp: POST /app\n')
}
