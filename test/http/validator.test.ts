import { describe, expect, test } from 'bun:test'
import { Type as t } from '@sinclair/typebox'
import { createQueryValidator, createValidator } from '../../src/http/validator.ts'

const read = createQueryValidator(
  t.Object({
    latitude: t.Optional(t.Number({ minimum: -90, maximum: 90 })),
    limit: t.Optional(t.Integer({ minimum: 0, maximum: 100 })),
    verbose: t.Optional(t.Boolean()),
    search: t.Optional(t.String()),
  }),
)

describe('in a query', () => {
  test.each([
    [{ latitude: '-40.5' }, { latitude: -40.5 }],
    [{ latitude: '007' }, { latitude: 7 }],
    // As programs write what is very small.
    [{ latitude: '-1.2e-7' }, { latitude: -1.2e-7 }],
    [{ limit: '20' }, { limit: 20 }],
    [{ verbose: 'false' }, { verbose: false }],
    [{ search: '12' }, { search: '12' }],
    [{ search: 'true' }, { search: 'true' }],
    [{ latitude: '', limit: '', verbose: '', search: '' }, {}],
  ])('%p reads as %p', (text, value) => {
    expect(read(text)).toEqual(value)
  })

  test.each([
    ' ',
    'NaN',
    'Infinity',
    '-Infinity',
    '1e400',
    '1e1',
    '0x10',
    'true',
    '1,5',
    '12abc',
    '٤',
    '90.1',
    '[1]',
  ])('%p is no latitude', (latitude) => {
    expect(() => read({ latitude })).toThrow('latitude must be a number from -90 to 90')
  })

  test.each(['5.9', '1e1', '1e-1', '0e-1', '0x10', 'true', '-1', '101', '9'.repeat(400)])(
    '%p is no limit',
    (limit) => {
      expect(() => read({ limit })).toThrow('limit must be a whole number from 0 to 100')
    },
  )

  test.each(['1', '0', 'TRUE', 'yes'])('%p is neither true nor false', (verbose) => {
    expect(() => read({ verbose })).toThrow('verbose must be true or false')
  })
})

test('a repeated item of a list is reported by its place, and not as a list that is too long', () => {
  const skills = t.Array(t.Union([t.Literal('driving'), t.Literal('notary')]), {
    maxItems: 2,
    uniqueItems: true,
  })
  const check = createValidator(t.Object({ skills }))
  expect(() => check({ skills: ['driving', 'driving'] })).toThrow('skills[1] is in the list a second time')
})
