import * as z from 'zod'

import { amount, list, map, name, named, oneOf, pattern, percent, text, whole } from './shape-leaves.ts'
import {
  availabilityShape,
  calendarsShape,
  priceShape,
  severitiesShape,
  supportPlansShape,
} from './shape-promises.ts'
import {
  corsShape,
  endpointsShape,
  identityShape,
  limitsShape,
  meteringShape,
  planLimitsShape,
  platformsShape,
  upstreamShape,
} from './shape-traffic.ts'

/** The shape of contract.yaml: one definition for the reader's checks and for the JSON Schema of editors. */
const textOrLines = (phrase: string) =>
  z.union([text(), list(text(), phrase)], { error: `text, or ${phrase}` })

const providerShape = map({
  legalName: text().describe('The name that stands on invoices.'),
  address: textOrLines('a list of lines')
    .optional()
    .describe('Postal address: lines, or text of several lines.'),
  country: pattern(/^[A-Z]{2}$/, 'a country of two capital letters, such as `DE`')
    .optional()
    .describe('ISO 3166 code of the country.'),
  taxIds: textOrLines('a list of tax ids').optional().describe('Such as a VAT number; one, or a list.'),
  email: pattern(/^[^\s@]+@[^\s@]+$/, 'a mail address')
    .optional()
    .describe('Whom to write to about an invoice.'),
  paymentTermsDays: whole(0, 3_660, 'days')
    .optional()
    .describe('An invoice is due so many days after its date.'),
  paymentInstructions: text().optional().describe('How to pay: bank account, reference.'),
})

const unitPrice = () =>
  z.union(
    [
      amount(),
      map({
        tiers: list(
          map({
            upTo: whole(1).optional().describe('The last unit of this tier; the last tier has none.'),
            price: amount().describe('For each unit in this tier.'),
          }),
          'a list of `{ upTo, price }`',
        ).describe('Graduated prices.'),
      }),
      map({
        package: whole(1, undefined, 'units').describe(
          'How many units a package holds; a begun one counts whole.',
        ),
        price: amount().describe('For each package.'),
      }),
    ],
    { error: 'a price a unit in quotes, `{ tiers }`, or `{ package, price }`' },
  )

export const overageShape = z.union(
  [
    z.literal('none').describe('The included numbers are hard.'),
    map({
      mau: unitPrice().optional().describe('For each active user above the included number.'),
      connections: unitPrice().optional().describe('For each peak connection above the included number.'),
      charge: oneOf('higher', 'sum')
        .optional()
        .describe('When both are over: the higher charge, or both. Left out: `higher`.'),
    }),
  ],
  { error: '`none`, or a map with prices for `mau` and `connections`' },
)

const planShape = map({
  eligibility: map({
    membersAtMost: whole(0, undefined, 'people').optional().describe('At most so many members.'),
    monthlyRevenueBelow: amount().optional().describe('Monthly revenue strictly below this.'),
    fundingBelow: amount().optional().describe('Funding strictly below this.'),
    seats: whole(1, undefined, 'organizations')
      .optional()
      .describe('How many organizations may hold this plan.'),
  })
    .optional()
    .describe('Who may have this plan; all of it must hold. Left out: anyone.'),
  price: priceShape().describe('The plan’s fee.'),
  includes: map({
    mau: whole(0, undefined, 'users').optional().describe('Monthly active users within the fee.'),
    connections: whole(0, undefined, 'connections').optional().describe('Peak connections within the fee.'),
  })
    .optional()
    .describe('What the fee covers. A unit left out is neither billed nor refused.'),
  overage: overageShape.describe('What is billed above the included numbers, or `none`.'),
  limits: planLimitsShape.optional().describe('Limits of this plan, where they differ from the contract’s.'),
  supportPlan: name().describe('The support plan it comes with.'),
})

export const contractShape = map({
  weir: z.literal(1, { error: '`1`, the version of this format' }).describe('The version of this format: 1.'),
  name: name().describe('The id of the contract.'),
  description: text().optional().describe('One line for people.'),
  currency: pattern(/^[A-Z]{3}$/, 'a currency of three capital letters, such as `USD`').describe(
    'ISO 4217 code; amounts are rounded at its minor unit.',
  ),
  provider: providerShape.optional().describe('Who sells the API: what an invoice needs.'),
  upstream: upstreamShape.optional().describe('The API behind Weir.'),
  identity: identityShape.describe('How a request says who is calling.'),
  platforms: platformsShape,
  endpoints: endpointsShape,
  unmatched: name()
    .optional()
    .describe(
      '`reject`: 404 for requests that match no endpoint; or a name under which they are counted and forwarded.',
    ),
  limits: limitsShape.describe('How many requests are admitted.'),
  metering: meteringShape.optional().describe('What is counted for the invoice.'),
  cors: corsShape.optional().describe('What browsers on other origins may do. Left out: nothing.'),
  availability: availabilityShape.optional().describe('What counts as down.'),
  calendars: calendarsShape.optional(),
  severities: severitiesShape.optional(),
  supportPlans: supportPlansShape.optional(),
  plans: named(planShape, 'a map of plan names').optional().describe('What is sold.'),
  billing: map({
    graceHours: whole(0, 720, 'hours')
      .optional()
      .describe('How long after a month late usage is awaited. Left out: 24.'),
    taxPercent: percent().optional().describe('Tax on top of every invoice. Left out: "0".'),
  })
    .optional()
    .describe('How a month is closed.'),
})

export type ContractInput = z.infer<typeof contractShape>

/** JSON Schema (draft 2020-12) of contract.yaml, for editors: completion, descriptions, first mistakes. */
export function contractJsonSchema(): Record<string, unknown> {
  const { $schema, ...schema } = z.toJSONSchema(contractShape, { target: 'draft-2020-12', io: 'input' })
  return {
    $schema,
    title: 'Weir contract',
    description: 'One file that says what an API’s customers can hold its provider to.',
    ...schema,
  }
}
