import type { Contract } from '../../core/contract/contract.ts'
import { corsFieldNames } from '../../http/cors.ts'
import { rateLimitFieldNames } from '../../http/rate-limit-fields.ts'
import { REQUEST_ID_FIELD } from '../../http/request-id.ts'

const own: ReadonlySet<string> = new Set([...rateLimitFieldNames, REQUEST_ID_FIELD])
const ownWithCors: ReadonlySet<string> = new Set([...own, ...corsFieldNames])

/** Names, in lower case, that only Weir speaks under in an answer; those of CORS if the contract has it. */
export function ownFieldNames({ cors }: Pick<Contract, 'cors'>): ReadonlySet<string> {
  return cors ? ownWithCors : own
}
