import type { XmlNode } from 'libxml2-wasm'
import { type UblReader, nameOf } from './ubl-reader.ts'

/**
 * What may stand in what, in which order and how often, of the part of UBL 2.1 that Weir writes: from the sequences
 * of the published schema, `!` must be there, `*` may be there more than once. No stand-in for the whole schema.
 */
const SEQUENCES: Readonly<Record<string, string>> = {
  'ubl:Invoice':
    'cbc:CustomizationID cbc:ProfileID cbc:ID! cbc:IssueDate! cbc:DueDate cbc:InvoiceTypeCode cbc:Note* cbc:DocumentCurrencyCode ' +
    'cbc:BuyerReference cac:InvoicePeriod* cac:OrderReference cac:BillingReference* cac:ContractDocumentReference* ' +
    'cac:AccountingSupplierParty! cac:AccountingCustomerParty! cac:PaymentMeans* cac:PaymentTerms* cac:AllowanceCharge* ' +
    'cac:TaxTotal* cac:LegalMonetaryTotal! cac:InvoiceLine!*',
  'ubl:CreditNote':
    'cbc:CustomizationID cbc:ProfileID cbc:ID! cbc:IssueDate! cbc:CreditNoteTypeCode cbc:Note* cbc:DocumentCurrencyCode ' +
    'cbc:BuyerReference cac:InvoicePeriod* cac:OrderReference cac:BillingReference* cac:ContractDocumentReference* ' +
    'cac:AccountingSupplierParty! cac:AccountingCustomerParty! cac:PaymentMeans* cac:PaymentTerms* cac:AllowanceCharge* ' +
    'cac:TaxTotal* cac:LegalMonetaryTotal! cac:CreditNoteLine!*',
  'cac:InvoicePeriod': 'cbc:StartDate cbc:EndDate',
  'cac:OrderReference': 'cbc:ID!',
  'cac:BillingReference': 'cac:InvoiceDocumentReference',
  'cac:InvoiceDocumentReference': 'cbc:ID! cbc:IssueDate',
  'cac:ContractDocumentReference': 'cbc:ID!',
  'cac:AccountingSupplierParty': 'cac:Party',
  'cac:AccountingCustomerParty': 'cac:Party',
  'cac:Party':
    'cac:PartyIdentification* cac:PartyName* cac:PostalAddress cac:PartyTaxScheme* cac:PartyLegalEntity* cac:Contact',
  'cac:PartyIdentification': 'cbc:ID!',
  'cac:PartyName': 'cbc:Name!',
  'cac:PostalAddress':
    'cbc:StreetName cbc:AdditionalStreetName cbc:CityName cbc:PostalZone cac:AddressLine* cac:Country',
  'cac:AddressLine': 'cbc:Line!',
  'cac:Country': 'cbc:IdentificationCode cbc:Name',
  'cac:PartyTaxScheme': 'cbc:CompanyID cac:TaxScheme!',
  'cac:TaxScheme': 'cbc:ID',
  'cac:PartyLegalEntity': 'cbc:RegistrationName cbc:CompanyID',
  'cac:Contact': 'cbc:Name cbc:Telephone cbc:ElectronicMail',
  'cac:PaymentMeans': 'cbc:PaymentMeansCode! cbc:PaymentDueDate cbc:PaymentID* cac:PayeeFinancialAccount',
  'cac:PayeeFinancialAccount': 'cbc:ID cbc:Name',
  'cac:PaymentTerms': 'cbc:Note*',
  'cac:AllowanceCharge':
    'cbc:ChargeIndicator! cbc:AllowanceChargeReasonCode cbc:AllowanceChargeReason* cbc:MultiplierFactorNumeric cbc:Amount! ' +
    'cbc:BaseAmount cac:TaxCategory*',
  'cac:TaxTotal': 'cbc:TaxAmount! cac:TaxSubtotal*',
  'cac:TaxSubtotal': 'cbc:TaxableAmount cbc:TaxAmount! cac:TaxCategory!',
  'cac:TaxCategory': 'cbc:ID cbc:Percent cbc:TaxExemptionReasonCode cbc:TaxExemptionReason* cac:TaxScheme!',
  'cac:ClassifiedTaxCategory':
    'cbc:ID cbc:Percent cbc:TaxExemptionReasonCode cbc:TaxExemptionReason* cac:TaxScheme!',
  'cac:LegalMonetaryTotal':
    'cbc:LineExtensionAmount cbc:TaxExclusiveAmount cbc:TaxInclusiveAmount cbc:AllowanceTotalAmount cbc:ChargeTotalAmount ' +
    'cbc:PrepaidAmount cbc:PayableRoundingAmount cbc:PayableAmount!',
  'cac:InvoiceLine':
    'cbc:ID! cbc:Note* cbc:InvoicedQuantity cbc:LineExtensionAmount! cac:InvoicePeriod* cac:AllowanceCharge* cac:Item! cac:Price',
  'cac:CreditNoteLine':
    'cbc:ID! cbc:Note* cbc:CreditedQuantity cbc:LineExtensionAmount cac:InvoicePeriod* cac:AllowanceCharge* cac:Item cac:Price',
  'cac:Item': 'cbc:Description* cbc:Name cac:ClassifiedTaxCategory*',
  'cac:Price': 'cbc:PriceAmount! cbc:BaseQuantity',
}

/** What is in the wrong place, missing, too often or unknown, each a sentence. */
export function orderMistakes(reader: UblReader): string[] {
  return reader.nodes('self::*|.//*').flatMap(node => mistakesIn(reader, node))
}

function mistakesIn(reader: UblReader, node: XmlNode): string[] {
  const name = nameOf(node)
  const children = reader.nodes('*', node).map(nameOf)
  const sequence = SEQUENCES[name]
  if (sequence === undefined) {
    if (!name.startsWith('cbc:')) return [`${name} is not among the elements that Weir writes`]
    return children.length === 0 ? [] : [`${name} holds text, not elements`]
  }
  const places = sequence.split(' ').map(place => ({ name: place.replace(/[!*]/g, ''), place }))
  const placeOf = (child: string) => places.findIndex(place => place.name === child)
  const known = children.filter(child => placeOf(child) !== -1)
  return [
    ...children.filter(child => placeOf(child) === -1).map(child => `${child} has no place in ${name}`),
    ...known
      .filter((child, index) => placeOf(child) < placeOf(known[index - 1] ?? child))
      .map(child => `${child} stands too late in ${name}`),
    ...places.flatMap(({ name: wanted, place }) => {
      const count = children.filter(child => child === wanted).length
      if (count === 0) return place.includes('!') ? [`${name} lacks ${wanted}`] : []
      return count > 1 && !place.includes('*') ? [`${name} has ${wanted} ${count} times`] : []
    }),
  ]
}
