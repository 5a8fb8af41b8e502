import { ProblemError, toProblem } from '../../http/problem.ts'

/** Why a request goes no further: the problem it is answered with, and how that counts. */
export class Refusal extends Error {
  readonly outcome: 'refused' | 'unmatched' | 'limited' | 'failed'
  readonly problem: ProblemError
  /** Header fields of this one refusal, as a flat list of names and values. */
  readonly fields: readonly string[]

  constructor(outcome: Refusal['outcome'], problem: ProblemError, fields: readonly string[] = []) {
    super(problem.message)
    this.name = 'Refusal'
    this.outcome = outcome
    this.problem = problem
    this.fields = fields
  }
}

/** Anything thrown, as a refusal. A 5xx is a failure, whoever wrote it. */
export function toRefusal(thrown: unknown): Refusal {
  if (thrown instanceof Refusal) return thrown
  const problem = toProblem(thrown)
  return new Refusal(problem.status >= 500 ? 'failed' : 'refused', problem)
}
