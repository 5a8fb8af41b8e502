import type { UblReader } from './ubl-reader.ts'
import {
  BUYER,
  LINE,
  type Rule,
  SELLER,
  SUBTOTAL,
  TOTAL,
  eachAllowance,
  filled,
  has,
  lineHas,
  rule,
} from './en16931-rule.ts'

/** What has to be there. */
export const FIELDS: readonly Rule[] = [
  rule('BR-01', 'a specification identifier', has('cbc:CustomizationID')),
  rule('BR-02', 'a number', has('cbc:ID')),
  rule('BR-03', 'an issue date', has('cbc:IssueDate')),
  rule('BR-04', 'a type code', has('cbc:InvoiceTypeCode|cbc:CreditNoteTypeCode')),
  rule('BR-05', 'a currency code', has('cbc:DocumentCurrencyCode')),
  rule('BR-06', 'the seller’s name', has(`${SELLER}/cac:PartyLegalEntity/cbc:RegistrationName`)),
  rule('BR-07', 'the buyer’s name', has(`${BUYER}/cac:PartyLegalEntity/cbc:RegistrationName`)),
  rule('BR-08', 'the seller’s postal address', ubl => ubl.nodes(`${SELLER}/cac:PostalAddress`).length === 1),
  rule(
    'BR-09',
    'the seller’s country',
    has(`${SELLER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode`),
  ),
  rule('BR-10', 'the buyer’s postal address', ubl => ubl.nodes(`${BUYER}/cac:PostalAddress`).length === 1),
  rule('BR-11', 'the buyer’s country', has(`${BUYER}/cac:PostalAddress/cac:Country/cbc:IdentificationCode`)),
  rule('BR-12', 'the sum of the lines', has(`${TOTAL}/cbc:LineExtensionAmount`)),
  rule('BR-13', 'the total without tax', has(`${TOTAL}/cbc:TaxExclusiveAmount`)),
  rule('BR-14', 'the total with tax', has(`${TOTAL}/cbc:TaxInclusiveAmount`)),
  rule('BR-15', 'the amount due', has(`${TOTAL}/cbc:PayableAmount`)),
  rule('BR-16', 'at least one line', ubl => ubl.nodes(LINE).length > 0),
  rule('BR-21', 'each line’s identifier', lineHas('cbc:ID')),
  rule('BR-22', 'each line’s quantity', lineHas('cbc:InvoicedQuantity|cbc:CreditedQuantity')),
  rule('BR-23', 'each quantity’s unit', lineHas('(cbc:InvoicedQuantity|cbc:CreditedQuantity)/@unitCode')),
  rule('BR-24', 'each line’s net amount', lineHas('cbc:LineExtensionAmount')),
  rule('BR-25', 'each item’s name', lineHas('cac:Item/cbc:Name')),
  rule('BR-26', 'each item’s price', lineHas('cac:Price/cbc:PriceAmount')),
  rule('BR-27', 'no price below zero', ubl =>
    ubl.texts('.//cbc:PriceAmount').every(text => !text.startsWith('-')),
  ),
  rule('BR-29', 'a period that ends after it starts', ubl => inOrder(ubl)),
  rule(
    'BR-31',
    'each allowance’s amount',
    eachAllowance((ubl, node) => filled(ubl, 'cbc:Amount', node)),
  ),
  rule(
    'BR-32',
    'each allowance’s tax category',
    eachAllowance((ubl, node) => filled(ubl, 'cac:TaxCategory/cbc:ID', node)),
  ),
  rule(
    'BR-33',
    'each allowance’s reason',
    eachAllowance((ubl, node) =>
      filled(ubl, 'cbc:AllowanceChargeReason|cbc:AllowanceChargeReasonCode', node),
    ),
  ),
  rule('BR-45', 'each category’s taxable amount', ubl =>
    ubl.nodes(SUBTOTAL).every(node => filled(ubl, 'cbc:TaxableAmount', node)),
  ),
  rule('BR-46', 'each category’s tax', ubl =>
    ubl.nodes(SUBTOTAL).every(node => filled(ubl, 'cbc:TaxAmount', node)),
  ),
  rule('BR-47', 'each breakdown’s category', ubl =>
    ubl.nodes(SUBTOTAL).every(node => filled(ubl, 'cac:TaxCategory/cbc:ID', node)),
  ),
  rule('BR-48', 'each breakdown’s rate', ubl =>
    ubl.nodes(SUBTOTAL).every(node => filled(ubl, 'cac:TaxCategory/cbc:Percent', node)),
  ),
  rule('BR-49', 'the code of a payment’s means', ubl =>
    ubl.nodes('cac:PaymentMeans').every(node => filled(ubl, 'cbc:PaymentMeansCode', node)),
  ),
  rule('BR-50', 'an account’s identifier', ubl =>
    ubl.nodes('.//cac:PayeeFinancialAccount').every(node => filled(ubl, 'cbc:ID', node)),
  ),
  rule('BR-55', 'the number of a document referred to', ubl =>
    ubl.nodes('cac:BillingReference').every(node => filled(ubl, 'cac:InvoiceDocumentReference/cbc:ID', node)),
  ),
  rule('BR-61', 'an account for a credit transfer', ubl =>
    ubl
      .nodes(`cac:PaymentMeans[cbc:PaymentMeansCode='30']`)
      .every(node => filled(ubl, 'cac:PayeeFinancialAccount/cbc:ID', node)),
  ),
]

function inOrder(ubl: UblReader): boolean {
  const [start = '', end = ''] = ubl.texts('cac:InvoicePeriod/cbc:StartDate|cac:InvoicePeriod/cbc:EndDate')
  return start <= end
}
