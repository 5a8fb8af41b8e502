/** What one client may take of a gateway: bytes, time and connections. Each is a flag of `weir serve`. */
export interface ClientLimits {
  /** Request line and header fields together. */
  readonly maxHeaderBytes: number
  /** Header fields of a request. Node drops what is past its own bound: here such a request is refused. */
  readonly maxHeaderFields: number
  readonly maxBodyBytes: number
  /** From the connection's or the request's first moment to the end of its head. */
  readonly headMs: number
  /** A body may stand still for so long, while Weir would take more of it. */
  readonly bodyIdleMs: number
  /** A whole body may take so long, however steadily it moves. */
  readonly uploadMs: number
  /** A connection between two requests. */
  readonly keepAliveMs: number
  /** A side that takes nothing of what is sent to it for so long is cut. */
  readonly stallMs: number
  /** Connections of one address, over all threads; an IPv6 peer is its /64. */
  readonly maxConnectionsPerPeer: number
  /** Connections of all clients, over all threads. */
  readonly maxConnections: number
}
