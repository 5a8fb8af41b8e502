/** A node of the gateway as the store knows it. */
export interface HeardNode {
  readonly id: string
  readonly startedMs: number
  /** When the newest batch was sent that the store has. Beats and requests come in the same batches. */
  readonly lastSeenMs: number
  /** It said that it ends; undefined: it did not. */
  readonly endedMs: number | undefined
  /** After how much silence it is taken for dead: longer where a test's clock runs faster. */
  readonly silentMs: number
}

/** Something whose records have stopped coming. */
export interface Silence {
  /** A node's id; undefined: no node at all is heard of. */
  readonly nodeId: string | undefined
  readonly sinceMs: number
}

/** Batches come every ten seconds at the latest; twelve times the silence of a dead node is no hiccup: two minutes. */
const SILENCES = 12
/** A node that has been gone for so long, a day, comes back no more. */
export const GONE_SILENCES = 8640

/**
 * Which records have stopped coming. When no node at all is heard of, that alone is told. Else each node that fell silent
 * without saying that it ends, unless another was started after it: a crash that a supervisor has mended. `silences`: how
 * many times the silence of a dead node is meant.
 */
export function findSilence(nodes: readonly HeardNode[], nowMs: number, silences = SILENCES): Silence[] {
  const isSilent = ({ lastSeenMs, silentMs }: HeardNode) => nowMs - lastSeenMs > silences * silentMs
  const heard = nodes.filter(node => !isSilent(node))
  const newest = nodes.toSorted((a, b) => a.lastSeenMs - b.lastSeenMs).at(-1)
  if (newest !== undefined && heard.length === 0) return [{ nodeId: undefined, sinceMs: newest.lastSeenMs }]
  const newcomers = heard.map(({ startedMs }) => startedMs).toSorted((a, b) => a - b)
  const missing = nodes.filter(node => node.endedMs === undefined && isSilent(node))
  const found: Silence[] = []
  for (const { id, lastSeenMs, silentMs } of missing.toSorted((a, b) => a.lastSeenMs - b.lastSeenMs)) {
    const heir = newcomers.findIndex(startedMs => startedMs > lastSeenMs)
    if (heir >= 0) newcomers.splice(heir, 1)
    else if (nowMs - lastSeenMs <= GONE_SILENCES * silentMs) found.push({ nodeId: id, sinceMs: lastSeenMs })
  }
  return found
}
