import { compare, fraction, isZero, subtract } from '../../src/core/exact/fraction.ts'
import { BUYER, LINE, type Rule, SELLER, SUBTOTAL, VAT, equal, filled, rule, total } from './en16931-rule.ts'
import type { UblReader } from './ubl-reader.ts'

type Category = 'S' | 'Z' | 'E' | 'AE'

const SELLERS_TAX_ID = `${SELLER}/cac:PartyTaxScheme/cbc:CompanyID`
const SELLERS_VAT = `${SELLER}/cac:PartyTaxScheme${VAT}/cbc:CompanyID`
const BUYERS_VAT = `${BUYER}/cac:PartyTaxScheme${VAT}/cbc:CompanyID|${BUYER}/cac:PartyLegalEntity/cbc:CompanyID`

/** Each category's rules have the same numbers: 01 its breakdown, 02 to 04 ids, 05 to 07 rates, 08 to 10 sums. */
export const TAXES: readonly Rule[] = (['S', 'Z', 'E', 'AE'] as const).flatMap(category => [
  rule(`BR-${category}-01`, 'as many breakdowns as the category has uses', ubl =>
    hasBreakdown(ubl, category),
  ),
  rule(`BR-${category}-02`, 'tax ids where a line has it', ubl => hasIds(ubl, category, lines(category))),
  rule(`BR-${category}-03`, 'tax ids where an allowance has it', ubl =>
    hasIds(ubl, category, allowances(category)),
  ),
  rule(`BR-${category}-05`, 'the rate of its lines', ubl =>
    hasRate(ubl, category, `${lines(category)}/cbc:Percent`),
  ),
  rule(`BR-${category}-06`, 'the rate of its allowances', ubl =>
    hasRate(ubl, category, `${allowances(category)}/cbc:Percent`),
  ),
  rule(`BR-${category}-08`, 'what is taxed is lines less allowances', ubl => hasBase(ubl, category)),
  rule(`BR-${category}-09`, 'the tax of a category that is not taxed is zero', ubl => hasTax(ubl, category)),
  rule(`BR-${category}-10`, 'a reason where nothing is taxed, and only there', ubl =>
    hasReason(ubl, category),
  ),
])

function lines(category: Category): string {
  return `(${LINE})/cac:Item/cac:ClassifiedTaxCategory[cbc:ID='${category}']`
}

function allowances(category: Category): string {
  return `cac:AllowanceCharge/cac:TaxCategory[cbc:ID='${category}']`
}

function breakdown(category: Category): string {
  return `${SUBTOTAL}[cac:TaxCategory/cbc:ID='${category}']`
}

function hasBreakdown(ubl: UblReader, category: Category): boolean {
  const uses = ubl.nodes(`${lines(category)}|${allowances(category)}`).length
  const count = ubl.nodes(breakdown(category)).length
  if (uses === 0) return count === 0
  return category === 'S' ? count >= 1 : count === 1
}

function hasIds(ubl: UblReader, category: Category, uses: string): boolean {
  if (ubl.nodes(uses).length === 0) return true
  if (!filled(ubl, SELLERS_TAX_ID)) return false
  return category !== 'AE' || (filled(ubl, SELLERS_VAT) && filled(ubl, BUYERS_VAT))
}

function hasRate(ubl: UblReader, category: Category, rates: string): boolean {
  return ubl.texts(rates).every(rate => /[1-9]/.test(rate) === (category === 'S'))
}

function hasBase(ubl: UblReader, category: Category): boolean {
  if (ubl.nodes(breakdown(category)).length === 0) return true
  const ofLines = total(
    ubl,
    `(${LINE})[cac:Item/cac:ClassifiedTaxCategory/cbc:ID='${category}']/cbc:LineExtensionAmount`,
  )
  const allowed = total(ubl, `cac:AllowanceCharge[cac:TaxCategory/cbc:ID='${category}']/cbc:Amount`)
  return equal(total(ubl, `${breakdown(category)}/cbc:TaxableAmount`), subtract(ofLines, allowed))
}

function hasTax(ubl: UblReader, category: Category): boolean {
  const tax = total(ubl, `${breakdown(category)}/cbc:TaxAmount`)
  if (category !== 'S') return isZero(tax)
  const base = total(ubl, `${breakdown(category)}/cbc:TaxableAmount`)
  // A rate is above zero, so the tax has its base's sign, unless rounding left nothing of it.
  return isZero(tax) || compare(tax, fraction(0)) < 0 === compare(base, fraction(0)) < 0
}

function hasReason(ubl: UblReader, category: Category): boolean {
  const reason = `${breakdown(category)}/cac:TaxCategory/cbc:TaxExemptionReason`
  const count = ubl.nodes(`${reason}|${reason}Code`).length
  if (ubl.nodes(breakdown(category)).length === 0) return true
  return category === 'E' || category === 'AE' ? count > 0 : count === 0
}
