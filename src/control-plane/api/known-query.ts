import { nearestName } from '../../core/contract/nearest-name.ts'
import { ProblemError } from '../../http/problem.ts'
import type { ApiMiddleware, ControlDeps } from './deps.ts'
import type { RouteShapes } from './route-shapes.ts'

/** Refuses names in the query that the route does not know: a slip would else be answered as if it were not there. */
export function knownQuery(
  { contracts }: Pick<ControlDeps, 'contracts'>,
  shapeOf: RouteShapes,
): ApiMiddleware {
  return async (c, next) => {
    const shape = shapeOf(c)
    if (shape !== undefined) {
      const known = Object.keys(shape.query?.shape ?? {})
      // Where the contract has it so, a server's token comes with its app's key in the query.
      const ofKey = contracts.inForce().contract.identity.apiKey.query
      const unknown = Object.keys(c.req.query()).filter(name => name !== ofKey && !known.includes(name))
      if (unknown.length > 0) throw refused(unknown, known)
    }
    await next()
  }
}

function refused(unknown: readonly string[], known: readonly string[]): ProblemError {
  const names = known.map(name => `\`${name}\``).join(', ')
  const all = known.length === 0 ? 'This route takes no query.' : `Known: ${names}.`
  const mistakes = unknown.map(name => {
    const near = nearestName(name, known)
    const hint = near === undefined ? '.' : `; did you mean \`${near}\`?`
    return { path: name.slice(0, LONGEST_SHOWN), message: `Is not known here${hint} ${all}` }
  })
  const detail = mistakes.map(({ path, message }) => `${path}: ${message}`).join(' ')
  return new ProblemError('invalid-query', detail, { mistakes })
}

const LONGEST_SHOWN = 100
