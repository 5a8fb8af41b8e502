/** What became of a request. `served`, `failed` and `client-error` are the valid ones. */
export type Outcome = 'served' | 'failed' | 'client-error' | 'aborted' | 'limited' | 'refused' | 'unmatched'
