import { expect, test } from 'vitest'

import { patternProblem } from './pattern-safety.ts'

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
