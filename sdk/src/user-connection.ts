import { type ReconnectPolicy, STEADY_AFTER_MS, pauseMs } from './reconnect.ts'
import { type SocketData, type SocketEnd, type WebSocketLike, followSocket } from './socket.ts'
import { wait } from './wait.ts'
import type { WeirError } from './weir-error.ts'

/** `detail` of a `close` event. */
export interface ConnectionClose {
  readonly code: number
  readonly reason: string
  /** True: the connection has ended and no socket follows. */
  readonly final: boolean
  /** Why it was given up; undefined if either side closed it on purpose. */
  readonly error: WeirError | undefined
}

/** `detail` of a `reconnecting` event: the pause before the next socket. */
export interface Reconnecting {
  readonly delayMs: number
  /** Sockets in a row that failed, or did not stay open. */
  readonly unsteady: number
}

export interface ConnectionEvents {
  /** A socket is open, the first or a later one. */
  readonly open: Event
  /** Text as a string, bytes as an ArrayBuffer. */
  readonly message: Event & { readonly data: string | ArrayBuffer }
  /** An open socket was closed, or the connection has ended. */
  readonly close: CustomEvent<ConnectionClose>
  readonly reconnecting: CustomEvent<Reconnecting>
  /** A socket could not be opened. */
  readonly error: CustomEvent<WeirError>
}

/** What a connection needs of its client. */
export interface Connecting {
  readonly policy: ReconnectPolicy
  /** Resolves when an earlier connection of the user has closed. */
  readonly predecessor: Promise<void>
  /** Begins a handshake, unless `stop` is aborted before. Rejects with the WeirError that kept it from doing so. */
  open(stop: AbortSignal): Promise<WebSocketLike>
  /** Finds out why the last handshake failed, and whether it is of any use to try again. */
  whyRefused(): Promise<{ error: WeirError; final: boolean }>
}

/**
 * One user's WebSocket, which comes back when it is cut. What is sent while it is away is not kept, and what
 * was missed is not sent again: ask the API for it on `open`.
 */
export class UserConnection extends EventTarget {
  readonly user: string
  /** Resolves when the last socket has closed for good. Never rejects. */
  readonly ended: Promise<void>
  readonly #connecting: Connecting
  readonly #stop = new AbortController()
  #state: 'connecting' | 'open' | 'waiting' | 'closed' = 'connecting'
  #socket: WebSocketLike | undefined
  #error: WeirError | undefined

  constructor(user: string, connecting: Connecting) {
    super()
    this.user = user
    this.#connecting = connecting
    this.ended = this.#live()
  }

  get state(): 'connecting' | 'open' | 'waiting' | 'closed' {
    return this.#state
  }

  /** Throws when no socket is open: nothing is kept for later. */
  send(data: SocketData): void {
    if (this.#state !== 'open') {
      throw new DOMException(`The connection of ${this.user} is ${this.#state}`, 'InvalidStateError')
    }
    this.#socket!.send(data)
  }

  /** Resolves once a socket is open. Rejects if the connection has ended before, with the error that ended it. */
  opened(): Promise<void> {
    return new Promise((resolve, reject) => {
      if (this.#state === 'open') {
        resolve()
        return
      }
      this.addEventListener('open', () => resolve(), { once: true })
      const reason = () => this.#error ?? new DOMException('The connection has been closed', 'AbortError')
      void this.ended.then(() => reject(reason()))
    })
  }

  /** Closes with 1000 and does not come back. Resolves when the server has answered, or soon after. */
  disconnect(): Promise<void> {
    this.#stop.abort()
    return this.ended
  }

  async #live(): Promise<void> {
    await this.#connecting.predecessor
    const last = await this.#reconnect()
    this.#socket = undefined
    this.#state = 'closed'
    // Whoever disconnects is not told that the last handshake had come to nothing.
    if (this.#stop.signal.aborted) this.#error = undefined
    const { code, reason } = last ?? { code: 1000, reason: '' }
    this.#tell('close', { code, reason, final: true, error: this.#error })
  }

  /** Opens sockets until one is the last, and answers how that one ended, if there was one. */
  async #reconnect(): Promise<SocketEnd | undefined> {
    const { policy } = this.#connecting
    const stop = this.#stop.signal
    let refusals = 0
    let unsteady = 0
    let end: SocketEnd | undefined
    while (!stop.aborted) {
      end = await this.#once()
      this.#state = 'waiting'
      // 1000: the server says that the conversation is over, not that something broke.
      if (stop.aborted || (end?.opened && end.code === 1000)) break
      refusals = end?.opened ? 0 : refusals + 1
      unsteady = end && end.openForMs >= STEADY_AFTER_MS ? 1 : unsteady + 1
      if (end?.opened)
        this.#tell('close', { code: end.code, reason: end.reason, final: false, error: undefined })
      else if (await this.#mustGiveUp(refusals)) break
      await this.#pause(pauseMs(unsteady, policy, Math.random()), unsteady)
    }
    return end
  }

  /** Undefined: the handshake could not even begin. */
  async #once(): Promise<SocketEnd | undefined> {
    this.#state = 'connecting'
    let socket: WebSocketLike
    try {
      socket = await this.#connecting.open(this.#stop.signal)
    } catch (thrown) {
      this.#error = thrown as WeirError
      return undefined
    }
    this.#error = undefined
    socket.binaryType = 'arraybuffer'
    this.#socket = socket
    const { openWithinMs } = this.#connecting.policy
    return followSocket(
      socket,
      { stop: this.#stop.signal, openWithinMs },
      {
        opened: () => {
          if (this.#stop.signal.aborted) return
          this.#state = 'open'
          this.dispatchEvent(new Event('open'))
        },
        message: data => this.dispatchEvent(new MessageEvent('message', { data })),
      },
    )
  }

  async #mustGiveUp(refusals: number): Promise<boolean> {
    const refused = this.#error ? { error: this.#error, final: false } : await this.#connecting.whyRefused()
    if (this.#stop.signal.aborted) return true
    this.#error = refused.error
    this.#tell('error', refused.error)
    return refused.final || refusals >= this.#connecting.policy.tries
  }

  async #pause(delayMs: number, unsteady: number): Promise<void> {
    this.#error = undefined
    this.#tell('reconnecting', { delayMs, unsteady })
    const stop = this.#stop.signal
    await wait(delayMs, stop).catch((thrown: unknown) => {
      if (thrown !== stop.reason) throw thrown
    })
  }

  #tell<Type extends 'close' | 'reconnecting' | 'error'>(
    type: Type,
    detail: ConnectionEvents[Type]['detail'],
  ): void {
    this.dispatchEvent(new CustomEvent(type, { detail }))
  }

  override addEventListener<Type extends keyof ConnectionEvents>(
    type: Type,
    listener: (event: ConnectionEvents[Type]) => void,
    options?: AddEventListenerOptions | boolean,
  ): void {
    super.addEventListener(type, listener as EventListener, options)
  }

  override removeEventListener<Type extends keyof ConnectionEvents>(
    type: Type,
    listener: (event: ConnectionEvents[Type]) => void,
    options?: EventListenerOptions | boolean,
  ): void {
    super.removeEventListener(type, listener as EventListener, options)
  }
}
