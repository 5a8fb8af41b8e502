const TRACEPARENT = /^(?!ff)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(-|$)/

/**
 * W3C Trace Context: a good one passes through. Without one the trace begins here, not sampled; its id is the request's,
 * so that whoever has the one finds the other, and its first span is named by the second half of it.
 */
export function traceparentOf(received: string | string[] | undefined, requestId: string): string {
  if (typeof received === 'string' && TRACEPARENT.test(received)) return received
  const id = requestId.replaceAll('-', '')
  return `00-${id}-${id.slice(16)}-00`
}
