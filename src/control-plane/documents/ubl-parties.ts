import type { Provider } from '../../core/contract/contract.ts'
import type { Customer } from '../../core/pricing/invoice-document.ts'
import { customersVatNumber, providersVatNumber } from './tax-numbers.ts'
import { type Xml, element } from './xml.ts'

export function providerParty(provider: Provider): Xml {
  const { legalName, address, country, taxIds, email } = provider
  const vat = providersVatNumber(provider)
  // Without a VAT number its tax id also identifies it: the norm wants one of the two (BR-CO-26).
  const [identifier] = vat === undefined ? taxIds : []
  return element('cac:AccountingSupplierParty', [
    element('cac:Party', [
      identified(identifier),
      named(legalName),
      postalAddress(address, country ?? ''),
      vat === undefined ? taxScheme(identifier, 'TAX') : taxScheme(vat, 'VAT'),
      legalEntity(legalName),
      contact(email),
    ]),
  ])
}

export function customerParty(customer: Customer): Xml {
  const { organizationId, name, legalName, address, country, taxId, email } = customer
  const vat = customersVatNumber(customer)
  return element('cac:AccountingCustomerParty', [
    element('cac:Party', [
      identified(organizationId),
      named(name),
      postalAddress(address, country ?? ''),
      taxScheme(vat, 'VAT'),
      // The norm has one place for a buyer's tax id, and only a VAT number may stand there.
      legalEntity(legalName ?? name, vat === undefined ? taxId : null),
      contact(email ?? undefined),
    ]),
  ])
}

function identified(id: string | undefined): Xml | null {
  return id === undefined ? null : element('cac:PartyIdentification', [element('cbc:ID', id)])
}

function named(name: string): Xml {
  return element('cac:PartyName', [element('cbc:Name', name)])
}

/** Lines of an envelope do not say which is the city: they are written as lines, in the three places there are. */
function postalAddress(lines: readonly string[], country: string): Xml {
  const [first, second, ...rest] = lines
  return element('cac:PostalAddress', [
    first === undefined ? null : element('cbc:StreetName', first),
    second === undefined ? null : element('cbc:AdditionalStreetName', second),
    rest.length === 0 ? null : element('cac:AddressLine', [element('cbc:Line', rest.join(', '))]),
    element('cac:Country', [element('cbc:IdentificationCode', country)]),
  ])
}

function taxScheme(id: string | undefined, scheme: 'VAT' | 'TAX'): Xml | null {
  if (id === undefined) return null
  return element('cac:PartyTaxScheme', [
    element('cbc:CompanyID', id),
    element('cac:TaxScheme', [element('cbc:ID', scheme)]),
  ])
}

function legalEntity(name: string, companyId: string | null = null): Xml {
  return element('cac:PartyLegalEntity', [
    element('cbc:RegistrationName', name),
    companyId === null ? null : element('cbc:CompanyID', companyId),
  ])
}

function contact(email: string | undefined): Xml | null {
  return email === undefined ? null : element('cac:Contact', [element('cbc:ElectronicMail', email)])
}
