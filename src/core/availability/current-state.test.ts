import { describe, expect, it } from 'vitest'
import { type StateFacts, componentState, overallState, recentSlices } from './current-state.ts'

const slices = (text: string) => Uint8Array.from(text, sign => (sign === 'x' ? 1 : 0))
const none = (text: string) => new Uint8Array(text.length)

describe('the last slices', () => {
  it.each([
    ['..............................', 'up'],
    ['.............................x', 'up'],
    ['.x...........................x', 'some-down'],
    ['..........................xxxx', 'down'],
    ['...........................xxx', 'some-down'],
  ])('%s say %s', (text, said) => {
    expect(recentSlices(slices(text), none(text), 6)).toBe(said)
  })

  it('that are skipped say nothing', () => {
    const text = '......xxxxxx'
    expect(recentSlices(slices(text), slices('xxxxxxxxxxxx'), 6)).toBe('unknown')
    expect(recentSlices(slices(text), slices('......xxxxxx'), 6)).toBe('up')
    expect(recentSlices(slices('xx'), none('xx'), 6)).toBe('down')
  })
})

describe('a component', () => {
  const calm: StateFacts = { own: [], platform: [], isWorkedOn: false, recent: 'up' }
  it.each<[string, Partial<StateFacts>]>([
    ['operational', {}],
    ['unknown', { recent: 'unknown' }],
    ['maintenance', { isWorkedOn: true }],
    ['maintenance', { isWorkedOn: true, recent: 'unknown' }],
    ['degraded', { isWorkedOn: true, recent: 'some-down' }],
    ['degraded', { own: ['minor'] }],
    ['degraded', { platform: ['major'] }],
    ['outage', { own: ['major'] }],
    ['outage', { platform: ['critical'], isWorkedOn: true }],
    ['outage', { own: ['minor'], recent: 'down' }],
  ])('is %s with %j', (state, facts) => {
    expect(componentState({ ...calm, ...facts })).toBe(state)
  })
})

describe('the whole', () => {
  it.each([
    ['operational', 'operational', []],
    ['operational', 'operational', ['operational', 'unknown']],
    ['unknown', 'unknown', ['unknown']],
    ['maintenance', 'maintenance', ['maintenance', 'operational']],
    ['degraded', 'operational', ['outage', 'operational']],
    ['degraded', 'degraded', []],
    ['outage', 'outage', ['operational']],
    ['outage', 'degraded', ['outage', 'outage']],
  ] as const)('is %s when the API is %s and its parts are %j', (state, platform, parts) => {
    expect(overallState(platform, parts)).toBe(state)
  })
})
