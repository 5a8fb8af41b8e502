import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { checkEvidence } from '../../src/control-plane/availability/check-evidence.ts'
import { webProofs } from '../../src/core/evidence/web-proofs.ts'
import { PUBLIC_KEY, goldenMonths } from './evidence-months.ts'

const file = readFileSync(new URL('evidence-org_1-2026-04.jsonl', import.meta.url))

/** Written once by the Weir that brought the format; it is never written again. */
describe('an evidence file of an older Weir', () => {
  it('comes to the same cent', async () => {
    const { holds, breaks, says, head } = await checkEvidence(file, webProofs(crypto.subtle), {
      publicKey: PUBLIC_KEY,
      head: 'c4c314adc47291f22e1db691877d8a35119ef14fccf0f100c6e14d457e7a8447',
    })
    expect(breaks).toEqual([])
    expect([holds, head]).toEqual([true, 'c4c314adc47291f22e1db691877d8a35119ef14fccf0f100c6e14d457e7a8447'])
    expect(says.join('\n')).toContain('Down: 3960 seconds that count, reckoned again; uptime 99.84722 %')
    expect(says.join('\n')).toContain('Credit: 1792.78 USD (6600 minutes)')
  })

  it.each(goldenMonths)(
    'comes to the same cent: $about',
    async ({ customer, head, downSeconds, uptime, credit }) => {
      const bytes = readFileSync(new URL(`evidence/evidence-org_${customer}-2026-03.jsonl`, import.meta.url))
      const checked = await checkEvidence(bytes, webProofs(crypto.subtle), { publicKey: PUBLIC_KEY, head })
      expect(checked.breaks).toEqual([])
      expect(checked.holds).toBe(true)
      const said = checked.says.join('\n')
      expect(said).toContain(`Down: ${downSeconds} seconds that count, reckoned again; uptime ${uptime} %`)
      expect(said).toContain(`Credit: ${credit} USD (`)
    },
  )
})
