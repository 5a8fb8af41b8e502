import { expect, it } from 'vitest'
import { errors } from '../../src/http/errors.ts'
import { clientErrors, weirErrorCodes } from './error-codes.ts'

it('the codes that the client knows are those that Weir answers with', () => {
  expect(weirErrorCodes.toSorted()).toEqual(Object.keys(errors).toSorted())
})

it('the client’s own codes are none of Weir’s', () => {
  expect(Object.keys(clientErrors).filter(code => code in errors)).toEqual([])
})
