import type { XmlNode } from 'libxml2-wasm'
import { add, compare, fraction, multiply, subtract } from '../../src/core/exact/fraction.ts'
import {
  LINE,
  type Rule,
  SELLER,
  SUBTOTAL,
  TOTAL,
  VAT,
  eachLine,
  equal,
  filled,
  has,
  lineHas,
  rule,
  total,
  twoDecimals,
} from './en16931-rule.ts'
import type { UblReader } from './ubl-reader.ts'

/** What has to add up. */
export const SUMS: readonly Rule[] = [
  rule('BR-CO-04', 'each line’s tax category', lineHas('cac:Item/cac:ClassifiedTaxCategory/cbc:ID')),
  rule('BR-CO-09', 'VAT numbers begin with a country’s letters', ubl =>
    ubl.texts(`.//cac:PartyTaxScheme${VAT}/cbc:CompanyID`).every(id => /^[A-Z]{2}/.test(id)),
  ),
  rule('BR-CO-10', 'the sum of the lines is theirs', ubl =>
    equal(total(ubl, `${TOTAL}/cbc:LineExtensionAmount`), total(ubl, `(${LINE})/cbc:LineExtensionAmount`)),
  ),
  rule('BR-CO-11', 'the sum of the allowances is theirs', ubl =>
    equal(
      total(ubl, `${TOTAL}/cbc:AllowanceTotalAmount`),
      total(ubl, `cac:AllowanceCharge[cbc:ChargeIndicator='false']/cbc:Amount`),
    ),
  ),
  rule('BR-CO-13', 'without tax = lines - allowances + charges', ubl =>
    equal(
      total(ubl, `${TOTAL}/cbc:TaxExclusiveAmount`),
      add(
        subtract(
          total(ubl, `${TOTAL}/cbc:LineExtensionAmount`),
          total(ubl, `${TOTAL}/cbc:AllowanceTotalAmount`),
        ),
        total(ubl, `${TOTAL}/cbc:ChargeTotalAmount`),
      ),
    ),
  ),
  rule('BR-CO-14', 'the tax is the sum of the categories’', ubl =>
    equal(total(ubl, 'cac:TaxTotal/cbc:TaxAmount'), total(ubl, `${SUBTOTAL}/cbc:TaxAmount`)),
  ),
  rule('BR-CO-15', 'with tax = without + tax', ubl =>
    equal(
      total(ubl, `${TOTAL}/cbc:TaxInclusiveAmount`),
      add(total(ubl, `${TOTAL}/cbc:TaxExclusiveAmount`), total(ubl, 'cac:TaxTotal/cbc:TaxAmount')),
    ),
  ),
  rule('BR-CO-16', 'due = with tax - paid + rounding', ubl =>
    equal(
      total(ubl, `${TOTAL}/cbc:PayableAmount`),
      add(
        subtract(total(ubl, `${TOTAL}/cbc:TaxInclusiveAmount`), total(ubl, `${TOTAL}/cbc:PrepaidAmount`)),
        total(ubl, `${TOTAL}/cbc:PayableRoundingAmount`),
      ),
    ),
  ),
  rule('BR-CO-17', 'a category’s tax is its rate of its amount', ubl =>
    ubl.nodes(SUBTOTAL).every(node => isRateOf(ubl, node)),
  ),
  rule('BR-CO-18', 'at least one tax category', ubl => ubl.nodes(SUBTOTAL).length > 0),
  rule(
    'BR-CO-25',
    'a due date or terms where something is due',
    ubl =>
      compare(total(ubl, `${TOTAL}/cbc:PayableAmount`), fraction(0)) <= 0 ||
      filled(ubl, 'cbc:DueDate|cac:PaymentTerms/cbc:Note'),
  ),
  rule(
    'BR-CO-26',
    'what identifies the seller',
    has(
      `${SELLER}/cac:PartyIdentification/cbc:ID|${SELLER}/cac:PartyLegalEntity/cbc:CompanyID|${SELLER}/cac:PartyTaxScheme${VAT}/cbc:CompanyID`,
    ),
  ),
  // No numbered rule: the definition of BT-131, which receivers check.
  rule(
    'BT-131',
    'quantity times price is the line’s amount',
    eachLine((ubl, line) =>
      equal(
        total(ubl, 'cbc:LineExtensionAmount', line),
        multiply(
          total(ubl, 'cbc:InvoicedQuantity|cbc:CreditedQuantity', line),
          total(ubl, 'cac:Price/cbc:PriceAmount', line),
        ),
      ),
    ),
  ),
]

/** Rounding to the currency may leave it half a unit off; a currency without decimals has whole units. */
function isRateOf(ubl: UblReader, subtotal: XmlNode): boolean {
  const rate = multiply(total(ubl, 'cac:TaxCategory/cbc:Percent', subtotal), fraction(1, 100))
  const exact = multiply(total(ubl, 'cbc:TaxableAmount', subtotal), rate)
  const off = subtract(total(ubl, 'cbc:TaxAmount', subtotal), exact)
  const [written = ''] = ubl.texts('cbc:TaxAmount', subtotal)
  const half = written.includes('.') ? fraction(1, 200) : fraction(1, 2)
  return compare(multiply(off, off), multiply(half, half)) <= 0
}

/** Amounts with two decimals at most. */
export const DECIMALS: readonly Rule[] = [
  rule('BR-DEC-01', 'allowances', twoDecimals('cac:AllowanceCharge/cbc:Amount')),
  rule('BR-DEC-09', 'sum of the lines', twoDecimals(`${TOTAL}/cbc:LineExtensionAmount`)),
  rule('BR-DEC-10', 'sum of the allowances', twoDecimals(`${TOTAL}/cbc:AllowanceTotalAmount`)),
  rule('BR-DEC-12', 'without tax', twoDecimals(`${TOTAL}/cbc:TaxExclusiveAmount`)),
  rule('BR-DEC-13', 'tax', twoDecimals('cac:TaxTotal/cbc:TaxAmount')),
  rule('BR-DEC-14', 'with tax', twoDecimals(`${TOTAL}/cbc:TaxInclusiveAmount`)),
  rule('BR-DEC-18', 'amount due', twoDecimals(`${TOTAL}/cbc:PayableAmount`)),
  rule('BR-DEC-19', 'a category’s taxable amount', twoDecimals(`${SUBTOTAL}/cbc:TaxableAmount`)),
  rule('BR-DEC-20', 'a category’s tax', twoDecimals(`${SUBTOTAL}/cbc:TaxAmount`)),
  rule('BR-DEC-23', 'a line’s amount', twoDecimals(`(${LINE})/cbc:LineExtensionAmount`)),
]
