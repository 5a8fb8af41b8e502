/**
 * The part of UBL 2.1's schema that Weir writes, restated from the standard's own
 * (http://docs.oasis-open.org/ubl/os-UBL-2.1/): what stands in what, in this order; exactly once, or with `?` once at
 * most, `+` once at least, `*` any number of times. It leaves out what Weir never writes, and nothing that the
 * standard demands, so that whatever is valid here is valid there.
 */
export const SEQUENCES: Readonly<Record<string, string>> = {
  'ubl:Invoice': `
    cbc:CustomizationID? cbc:ID cbc:IssueDate cbc:DueDate? cbc:InvoiceTypeCode? cbc:Note* cbc:DocumentCurrencyCode?
    cac:InvoicePeriod* cac:OrderReference? cac:ContractDocumentReference* cac:AccountingSupplierParty
    cac:AccountingCustomerParty cac:PaymentMeans* cac:PaymentTerms* cac:AllowanceCharge* cac:TaxTotal*
    cac:LegalMonetaryTotal cac:InvoiceLine+`,
  'ubl:CreditNote': `
    cbc:CustomizationID? cbc:ID cbc:IssueDate cbc:CreditNoteTypeCode? cbc:Note* cbc:DocumentCurrencyCode?
    cac:InvoicePeriod* cac:OrderReference? cac:BillingReference* cac:ContractDocumentReference*
    cac:AccountingSupplierParty cac:AccountingCustomerParty cac:PaymentTerms* cac:TaxTotal* cac:LegalMonetaryTotal
    cac:CreditNoteLine+`,
  'cac:InvoicePeriod': 'cbc:StartDate? cbc:EndDate?',
  'cac:OrderReference': 'cbc:ID',
  'cac:BillingReference': 'cac:InvoiceDocumentReference?',
  'cac:InvoiceDocumentReference': 'cbc:ID',
  'cac:ContractDocumentReference': 'cbc:ID',
  'cac:AccountingSupplierParty': 'cac:Party?',
  'cac:AccountingCustomerParty': 'cac:Party?',
  'cac:Party': `
    cac:PartyIdentification* cac:PartyName* cac:PostalAddress? cac:PartyTaxScheme* cac:PartyLegalEntity* cac:Contact?`,
  'cac:PartyIdentification': 'cbc:ID',
  'cac:PartyName': 'cbc:Name',
  'cac:PostalAddress': 'cbc:StreetName? cbc:AdditionalStreetName? cac:AddressLine* cac:Country?',
  'cac:AddressLine': 'cbc:Line',
  'cac:Country': 'cbc:IdentificationCode?',
  'cac:PartyTaxScheme': 'cbc:CompanyID? cac:TaxScheme',
  'cac:TaxScheme': 'cbc:ID?',
  'cac:PartyLegalEntity': 'cbc:RegistrationName? cbc:CompanyID?',
  'cac:Contact': 'cbc:ElectronicMail?',
  'cac:PaymentMeans': 'cbc:PaymentMeansCode cbc:PaymentID* cac:PayeeFinancialAccount?',
  'cac:PayeeFinancialAccount': 'cbc:ID?',
  'cac:PaymentTerms': 'cbc:Note*',
  'cac:AllowanceCharge': 'cbc:ChargeIndicator cbc:AllowanceChargeReason* cbc:Amount cac:TaxCategory*',
  'cac:TaxTotal': 'cbc:TaxAmount cac:TaxSubtotal*',
  'cac:TaxSubtotal': 'cbc:TaxableAmount? cbc:TaxAmount cac:TaxCategory',
  'cac:TaxCategory': 'cbc:ID? cbc:Percent? cbc:TaxExemptionReasonCode? cbc:TaxExemptionReason* cac:TaxScheme',
  'cac:ClassifiedTaxCategory': 'cbc:ID? cbc:Percent? cac:TaxScheme',
  'cac:LegalMonetaryTotal': `
    cbc:LineExtensionAmount? cbc:TaxExclusiveAmount? cbc:TaxInclusiveAmount? cbc:AllowanceTotalAmount?
    cbc:PayableAmount`,
  'cac:InvoiceLine': 'cbc:ID cbc:Note* cbc:InvoicedQuantity? cbc:LineExtensionAmount cac:Item cac:Price?',
  'cac:CreditNoteLine':
    'cbc:ID cbc:Note* cbc:CreditedQuantity? cbc:LineExtensionAmount? cac:Item? cac:Price?',
  'cac:Item': 'cbc:Name? cac:ClassifiedTaxCategory*',
  'cac:Price': 'cbc:PriceAmount',
}

export interface Content {
  readonly type: 'boolean' | 'date' | 'decimal' | 'normalizedString' | 'string'
  /** Must be there, and no other may: the standard allows more and demands none of them. */
  readonly attribute?: string
  readonly of: string
}

/** What the elements hold that have no parts. A quantity's unit is demanded by EN 16931 alone (BR-23). */
export const CONTENTS: readonly Content[] = [
  { type: 'boolean', of: 'ChargeIndicator' },
  { type: 'date', of: 'DueDate EndDate IssueDate StartDate' },
  { type: 'decimal', of: 'Percent' },
  {
    type: 'decimal',
    attribute: 'currencyID',
    of: `
      AllowanceTotalAmount Amount LineExtensionAmount PayableAmount PriceAmount TaxAmount TaxExclusiveAmount
      TaxInclusiveAmount TaxableAmount`,
  },
  { type: 'decimal', attribute: 'unitCode', of: 'CreditedQuantity InvoicedQuantity' },
  {
    type: 'normalizedString',
    of: `
      CompanyID CreditNoteTypeCode CustomizationID DocumentCurrencyCode ID IdentificationCode InvoiceTypeCode PaymentID
      PaymentMeansCode TaxExemptionReasonCode`,
  },
  {
    type: 'string',
    of: `
      AdditionalStreetName AllowanceChargeReason ElectronicMail Line Name Note RegistrationName StreetName
      TaxExemptionReason`,
  },
]
