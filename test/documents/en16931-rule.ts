import type { XmlNode } from 'libxml2-wasm'
import { decimal } from '../../src/core/exact/decimal.ts'
import { type Fraction, compare, sum } from '../../src/core/exact/fraction.ts'
import type { UblReader } from './ubl-reader.ts'

/** A rule of EN 16931-1 by its name, over the XML alone. */
export interface Rule {
  readonly id: string
  readonly says: string
  readonly holds: (ubl: UblReader) => boolean
}

export function rule(id: string, says: string, holds: Rule['holds']): Rule {
  return { id, says, holds }
}

export const SELLER = 'cac:AccountingSupplierParty/cac:Party'
export const BUYER = 'cac:AccountingCustomerParty/cac:Party'
export const TOTAL = 'cac:LegalMonetaryTotal'
export const LINE = 'cac:InvoiceLine|cac:CreditNoteLine'
export const SUBTOTAL = 'cac:TaxTotal/cac:TaxSubtotal'
export const VAT = `[normalize-space(cac:TaxScheme/cbc:ID)='VAT']`

export const has =
  (path: string) =>
  (ubl: UblReader): boolean =>
    filled(ubl, path)

export function filled(ubl: UblReader, path: string, from?: XmlNode): boolean {
  const found = ubl.texts(path, from)
  return found.length > 0 && found.every(text => text.trim() !== '')
}

export const eachLine =
  (test: (ubl: UblReader, line: XmlNode) => boolean) =>
  (ubl: UblReader): boolean =>
    ubl.nodes(LINE).every(line => test(ubl, line))

export const lineHas = (path: string) => eachLine((ubl, line) => filled(ubl, path, line))

export const eachAllowance =
  (test: (ubl: UblReader, allowance: XmlNode) => boolean) =>
  (ubl: UblReader): boolean =>
    ubl.nodes('cac:AllowanceCharge').every(allowance => test(ubl, allowance))

/** A sum over what a path finds; nothing found is zero. */
export function total(ubl: UblReader, path: string, from?: XmlNode): Fraction {
  return sum(ubl.texts(path, from).map(decimal))
}

export function equal(a: Fraction, b: Fraction): boolean {
  return compare(a, b) === 0
}

export const twoDecimals =
  (path: string) =>
  (ubl: UblReader): boolean =>
    ubl.texts(path).every(text => /^-?\d+(\.\d{1,2})?$/.test(text))
