import { z } from '@hono/zod-openapi'
import { isMonth } from '../../core/time/month.ts'

/** The parts that route definitions are put together from. */

export function jsonBody<Body extends z.ZodType>(schema: Body) {
  return { required: true, content: { 'application/json': { schema } } } as const
}

export function answers<Status extends 200 | 201, Body extends z.ZodType>(
  status: Status,
  description: string,
  schema: Body,
) {
  const answer = { description, content: { 'application/json': { schema } } }
  return { [status]: answer } as Record<Status, typeof answer>
}

export const noContent = { 204: { description: 'Done; there is nothing to say.' } } as const

const idOf = (parameter: string, example: string) =>
  z.string().openapi({ param: { name: parameter, in: 'path' }, example })

export const organizationPath = z.object({
  organization: idOf('organization', 'org_5c1c3e0a6f8b4d2290ab13cd'),
})
export const appPath = z.object({ app: idOf('app', 'app_1f6b0c9d2e7a4583bc60aa17') })
export const appKeyPath = appPath.extend({ key: idOf('key', 'key_77d0e2a95b1c4f36ae8812f0') })
export const invoicePath = z.object({ invoice: idOf('invoice', 'inv_93c1b0d72ab4489ce21f6d05') })
export const paymentPath = invoicePath.extend({ payment: idOf('payment', 'pay_5c3d90ab12e84f67b1d02c9e') })
export const memberPath = z.object({ member: idOf('member', 'mem_0a4de7c2915b43f88d36c7b1') })
export const webhookPath = z.object({ webhook: idOf('webhook', 'whk_9a0d6c81e25b4f7790cc13ab') })
export const deliveryPath = webhookPath.extend({ delivery: idOf('delivery', 'dlv_41bb02f97c3d4e6e8f5a60d1') })
export const maintenancePath = z.object({ maintenance: idOf('maintenance', 'mnt_2c81d0f5b7694a3e90fd12ab') })
export const exclusionPath = z.object({ exclusion: idOf('exclusion', 'exc_7fa2160c9d8e4b35a1c40d9e') })
export const incidentPath = z.object({ incident: idOf('incident', 'inc_c05e7b41a2964f0d8b3376ee') })

export const instant = z.iso
  .datetime({ offset: true, error: 'Must be an RFC 3339 instant, such as 2026-11-01T00:00:00Z.' })
  .openapi({ example: '2026-11-01T00:00:00Z' })

export const monthQuery = z
  .string()
  .refine(isMonth, 'Must be a UTC month such as 2026-11.')
  .optional()
  .openapi({ description: 'The running one if left out.', example: '2026-11' })

/** Text for people: something to see, on one line. */
export function label(maxLength: number) {
  return z
    .string()
    .trim()
    .min(1, 'Must not be empty.')
    .max(maxLength, `Must have at most ${maxLength} characters.`)
    .regex(/^[^\p{Cc}]*$/u, 'Must not hold control characters.')
}

/** Text for people in as many lines as they like. */
export function prose(maxLength: number) {
  return z
    .string()
    .trim()
    .min(1, 'Must not be empty.')
    .max(maxLength, `Must have at most ${maxLength} characters.`)
    .regex(/^[^\p{Cc}]*(\n[^\p{Cc}]*)*$/u, 'Must not hold control characters but line feeds.')
}

export const amount = z
  .string()
  .regex(/^\d{1,15}(\.\d{1,6})?$/, 'Must be a decimal amount as text, such as "9500.00".')
  .openapi({ example: '9500.00' })
