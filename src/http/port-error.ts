/** Why a server cannot listen: which address, what stands in the way, what to do about it. */
export function portError(host: string, port: number, code: string, message: string): Error {
  const advice: Readonly<Record<string, string>> = {
    EADDRINUSE: 'something listens there already; stop it, or choose another port',
    EACCES: 'this user may not listen there; choose a port above 1023',
    EADDRNOTAVAIL: 'this machine has no such address',
    ENOTFOUND: 'this machine has no such address',
  }
  return new PortError(`cannot listen on ${host}:${port}: ${advice[code] ?? message}`)
}

/** The address cannot be had; its message is for the person who chose it. */
export class PortError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PortError'
  }
}
