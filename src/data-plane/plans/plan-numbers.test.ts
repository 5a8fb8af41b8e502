import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { userKey } from '../../store/user-key.ts'
import { type PlanQuestion, createPlanNumbers } from './plan-numbers.ts'

const question: PlanQuestion = {
  thread: 1,
  organizationId: 'org_1',
  appId: 'app_1',
  month: '2026-11',
  user: 'ann',
  socket: false,
  included: { mau: 2, connections: 2 },
}

describe('plan numbers', () => {
  it('never let more users become active than included, whatever the order in which requests end', async () => {
    const steps = fc.array(
      fc.record({
        user: fc.constantFrom('a', 'b', 'c', 'd', 'e'),
        app: fc.constantFrom('x', 'y'),
        active: fc.boolean(),
      }),
      { maxLength: 60 },
    )
    await fc.assert(
      fc.asyncProperty(
        steps,
        fc.integer({ min: 1, max: 4 }),
        fc.nat({ max: 3 }),
        async (list, mau, before) => {
          const known = Array.from({ length: before }, (_, i) => userKey('x', 'abcde'[i]!))
          const numbers = createPlanNumbers(async () => known)
          const active = new Set(known)
          const open: { asked: PlanQuestion; active: boolean }[] = []
          for (const [i, step] of list.entries()) {
            const asked = {
              ...question,
              appId: step.app,
              user: step.user,
              included: { mau, connections: undefined },
            }
            const name = userKey(step.app, step.user)
            const holding = new Set([...active, ...open.map(o => userKey(o.asked.appId, o.asked.user!))])
            const verdict = await numbers.reserve(asked)
            expect(verdict).toBe(holding.has(name) || holding.size < mau ? 'within' : 'mau')
            if (verdict === 'within') open.push({ asked, active: step.active })
            if (i % 3 === 2) {
              const ended = open.shift()
              if (!ended) continue
              numbers.settle(ended.asked, { active: ended.active, opened: false })
              if (ended.active) active.add(userKey(ended.asked.appId, ended.asked.user!))
            }
          }
          expect(active.size).toBeLessThanOrEqual(Math.max(mau, before))
        },
      ),
    )
  })

  it('begin anew with the month', async () => {
    const numbers = createPlanNumbers(async () => [])
    for (const user of ['a', 'b']) {
      await numbers.reserve({ ...question, user })
      numbers.settle({ ...question, user }, { active: true, opened: false })
    }
    expect(await numbers.reserve({ ...question, user: 'c' })).toBe('mau')
    expect(await numbers.reserve({ ...question, user: 'c', month: '2026-12' })).toBe('within')
  })

  it('give the sockets of a thread that died back', async () => {
    const numbers = createPlanNumbers(async () => [])
    const socket = { ...question, user: undefined, socket: true }
    expect(await numbers.reserve(socket)).toBe('within')
    expect(await numbers.reserve({ ...socket, thread: 2 })).toBe('within')
    expect(await numbers.reserve(socket)).toBe('connections')
    numbers.threadEnded(1)
    expect(await numbers.reserve({ ...socket, thread: 2 })).toBe('within')
    expect(await numbers.reserve({ ...socket, thread: 2 })).toBe('connections')
  })

  it('read the store once, however many ask at once', async () => {
    let reads = 0
    const numbers = createPlanNumbers(async () => {
      reads++
      return []
    })
    const verdicts = await Promise.all(
      ['a', 'b', 'c', 'd'].map(user => numbers.reserve({ ...question, user })),
    )
    expect(reads).toBe(1)
    expect(verdicts).toEqual(['within', 'within', 'mau', 'mau'])
  })
})
