import { z } from '@hono/zod-openapi'

const keyAnswer = z
  .object({
    id: z.string().openapi({ example: 'key_77d0e2a95b1c4f36ae8812f0' }),
    lastFour: z.string().openapi({ example: 'a91f' }),
    createdAt: z.string(),
  })
  .openapi('ApiKey')

export const newKeyAnswer = keyAnswer.extend({
  apiKey: z.string().openapi({ description: 'Shown this once.' }),
})

export const appAnswer = z
  .object({
    id: z.string().openapi({ example: 'app_1f6b0c9d2e7a4583bc60aa17' }),
    organization: z.string(),
    name: z.string().openapi({ example: 'Acme for iOS' }),
    keys: z.array(keyAnswer),
    limits: z.record(z.string(), z.unknown()).openapi({
      description: 'The override: what holds for this app instead of the plan and the contract.',
      example: { app: { SendMessage: 5000 } },
    }),
    suspended: z.object({ since: z.string(), reason: z.string() }).nullable(),
    forProbes: z.boolean().openapi({ description: 'True: its requests are in no slice of availability.' }),
    createdAt: z.string(),
  })
  .openapi('App')

export const newAppAnswer = appAnswer.extend({
  apiKey: z.string().openapi({ description: 'Identifies the app in every request. Shown this once.' }),
  secret: z
    .string()
    .openapi({ description: 'Signs the users’ tokens; keep it on your server. Shown this once.' }),
})
