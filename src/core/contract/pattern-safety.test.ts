import { expect, test } from 'vitest'

import { patternProblem, platformPattern } from './pattern-safety.ts'

test.each(['android', '(ios|ipados|swift)', '^ios/[0-9.]+$', '\\bios\\b', 'ios|android', '\\\\1'])(
  'a quick expression may be used: %s',
  matches => {
    expect(patternProblem(matches)).toBeUndefined()
  },
)

test.each([
  '(a+)+$',
  'a.*b',
  '(|a)+b',
  'a?a?a?a?a?a?a?a?a?a?a?a?aaaaaaaaaaaa',
  '[a-z]+[0-9]+',
  '(.)\\1',
  '\\\\\\1',
  '(',
])('one that can run long, or cannot be judged, may not: %s', matches => {
  expect(patternProblem(matches)).toBeDefined()
})

test('a platform’s expression takes any case and any place', () => {
  expect(platformPattern('ipad').test('MyApp (iPad; 17)')).toBe(true)
})
