import { type Contract, RATE_LIMITS_ENDPOINT } from '../../core/contract/contract.ts'
import { suggestion } from '../../core/contract/nearest-name.ts'

/** The names under which limits may be set: `default`, every endpoint, the reserved one, every platform. */
export function limitNames(contract: Contract): { endpoints: string[]; platforms: string[] } {
  const unmatched = contract.unmatched === undefined ? [] : [contract.unmatched]
  return {
    endpoints: ['default', ...contract.endpoints.map(({ name }) => name), RATE_LIMITS_ENDPOINT, ...unmatched],
    platforms: contract.platforms.map(({ name }) => name),
  }
}

/** `There is no plan "grwth"; did you mean `growth`?`, or the names there are when none is near. */
export function noSuch(kind: string, name: string, known: readonly string[]): string {
  return `There is no ${kind} ${JSON.stringify(name.slice(0, 100))}${suggestion(name, known)}`
}
