import type { OutgoingHttpHeader, ServerResponse } from 'node:http'
import type { OwnFields } from './weir.ts'

type Given = Readonly<Record<string, OutgoingHttpHeader | undefined>> | readonly unknown[] | undefined

/**
 * Gives a response its fields at the moment its head is written: whoever writes it, the handler, an error handler or
 * the framework's 404, and whatever was set or cleared before.
 */
export function speakThrough(response: ServerResponse, fields: OwnFields): void {
  const writeHead = response.writeHead.bind(response)
  const withOwnFields = (status: number, ...rest: readonly unknown[]): ServerResponse => {
    const reason = typeof rest[0] === 'string' ? rest[0] : undefined
    setGiven(response, (reason === undefined ? (rest[0] ?? rest[1]) : rest[1]) as Given)
    setOwn(response, fields)
    return reason === undefined ? writeHead(status) : writeHead(status, reason)
  }
  response.writeHead = withOwnFields
}

/** The fields that the head is written with, in each of the forms that Node takes. */
function setGiven(response: ServerResponse, given: Given): void {
  if (given === undefined) return
  if (!Array.isArray(given)) {
    for (const [name, value] of Object.entries(given)) response.setHeader(name, value as OutgoingHttpHeader)
    return
  }
  const pairs = (Array.isArray(given[0]) ? given.flat() : given) as readonly (string | string[])[]
  for (let i = 0; i < pairs.length; i += 2) response.removeHeader(pairs[i] as string)
  for (let i = 0; i < pairs.length; i += 2) response.appendHeader(pairs[i] as string, pairs[i + 1]!)
}

function setOwn(response: ServerResponse, { list, replaced }: OwnFields): void {
  for (const name of replaced) response.removeHeader(name)
  for (let i = 0; i < list.length; i += 2) response.appendHeader(list[i]!, list[i + 1]!)
}
