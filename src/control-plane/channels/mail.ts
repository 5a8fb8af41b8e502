import { createTransport } from 'nodemailer'
import type { Transaction } from 'kysely'
import type { BaseLogger } from 'pino'
import { type Mail, addDelivery } from '../../store/deliveries.ts'
import type { Schema } from '../../store/schema.ts'
import { type Attempt, harmless } from './attempt.ts'

/** Mail as the rest of Weir sees it: what is queued in a transaction goes out after it, and is tried again. */
export interface Mails {
  /** Belongs into the transaction of what it tells of. Without a mail server it does nothing but say so, once. */
  queue(trx: Transaction<Schema>, mail: Mail, nowMs: number): Promise<void>
  /** One attempt. Never rejects for what the mail server did. */
  send(id: string, mail: Mail): Promise<Attempt>
  close(): void
  /** Who is told of alarms besides the provider's members. */
  readonly alertAddresses: readonly string[]
}

export interface MailOptions {
  /** `smtp://USER:PASSWORD@HOST:PORT` (TLS as soon as the server offers it) or `smtps://…`; undefined: no mail. */
  readonly smtpUrl: string | undefined
  readonly from: string
  readonly alertAddresses?: readonly string[] | undefined
  readonly log: Pick<BaseLogger, 'warn'>
}

/** Together less than the time for which a node holds a delivery. */
const CONNECT_MS = 5000
const SILENCE_MS = 10_000

export function createMails({ smtpUrl, from, alertAddresses = [], log }: MailOptions): Mails {
  if (smtpUrl === undefined) return noMails(log)
  const transport = createTransport({
    ...serverOf(smtpUrl),
    connectionTimeout: CONNECT_MS,
    greetingTimeout: CONNECT_MS,
    socketTimeout: SILENCE_MS,
    // Nothing in a mail may name a file or an address to be fetched.
    disableFileAccess: true,
    disableUrlAccess: true,
  })
  const domain = from.replace(/^.*@/, '').replace(/>.*$/, '')
  return {
    queue: async (trx, mail, nowMs) => void (await addDelivery(trx, { mail }, nowMs)),
    async send(id, { to, subject, text }) {
      try {
        // The same id each time: a mailbox can tell a repetition.
        const messageId = `<${id}@${domain}>`
        const sent = await transport.sendMail({ from, to, subject, text, messageId })
        return {
          verdict: 'worked',
          status: Number(sent.response.slice(0, 3)),
          response: harmless(sent.response),
        }
      } catch (error) {
        return failed(error)
      }
    },
    close: () => transport.close(),
    alertAddresses,
  }
}

function serverOf(text: string) {
  const { protocol, hostname, port, username, password } = new URL(text)
  const secure = protocol === 'smtps:'
  const auth = { user: decodeURIComponent(username), pass: decodeURIComponent(password) }
  return {
    host: hostname.replace(/^\[(.*)\]$/, '$1'),
    port: port === '' ? (secure ? 465 : 587) : Number(port),
    secure,
    ...(username !== '' && { auth }),
  }
}

/** A server that answers 5xx means it (RFC 5321, 4.2.1); all else may pass. */
function failed(error: unknown): Attempt {
  const { message, responseCode, response } = error as Error & { responseCode?: number; response?: string }
  return {
    verdict: responseCode !== undefined && responseCode >= 500 ? 'refused' : 'failed',
    status: responseCode,
    error: harmless(message),
    ...(response !== undefined && { response: harmless(response.slice(0, 1024)) }),
  }
}

function noMails(log: MailOptions['log']): Mails {
  let said = false
  return {
    async queue() {
      if (!said) log.warn({}, 'no mail is sent: name a mail server with --smtp-url')
      said = true
    },
    send: async () => ({ verdict: 'failed', error: 'No mail server is named: --smtp-url.' }),
    close: () => undefined,
    alertAddresses: [],
  }
}
