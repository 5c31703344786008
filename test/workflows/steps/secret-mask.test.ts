import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createSecretMask, showMasked } from '../../../src/workflows/steps/secret-mask.ts'
import { StepError } from '../../../src/workflows/steps/step-work.ts'
import { render } from '../../../src/workflows/templates/render.ts'

const NONCE = 'n0nce.+'
const VALUE = 'p@ss "wörd"/1'
const mask = createSecretMask({ TOKEN: VALUE, LONGER: `${VALUE}-and-more`, PLAIN: 'abcd1234' }, NONCE)

function formsOf(value: string) {
  return {
    raw: value,
    percent: encodeURIComponent(value),
    path: new URL(`http://a/${value}`).pathname.slice(1),
    query: new URL(`http://a/?${value}`).search.slice(1),
    form: new URLSearchParams({ a: value }).toString().slice(2),
    json: JSON.stringify(value).slice(1, -1),
    base64: Buffer.from(value).toString('base64'),
  }
}

const FORMS = formsOf(VALUE)

const shown = (value: unknown) => showMasked(mask.hide(value), NONCE)

describe('a secret is hidden', () => {
  test.each(Object.entries(FORMS))('in its %s form, and comes back in it', (_, form) => {
    const text = `a ${form} b ${form}`
    expect(shown(text)).toBe('a *** b ***')
    expect(mask.reveal(mask.hide(text))).toBe(text)
  })

  test.each(['upper', 'lower', 'trim', 'trim | upper', 'upper | trim', 'lower | trim'])(
    'as the filter %s makes it, in each form, and comes back in it',
    (filters) => {
      const odd = createSecretMask({ ODD: '  Straße "Ä"/1\n' }, NONCE)
      const made = render(`{{secret | ${filters}}}`, { secret: '  Straße "Ä"/1\n' })
      for (const form of Object.values(formsOf(String(made)))) {
        expect(odd.cover(`<${form}>`)).toBe('<***>')
        expect(odd.reveal(odd.hide(`<${form}>`))).toBe(`<${form}>`)
      }
    },
  )

  test('in every text of a value, names included', () => {
    const value = { [`x${VALUE}`]: [{ deep: `${VALUE}!` }, 1, true, null], plain: 'abcd1234' }
    expect(shown(value)).toEqual({ 'x***': [{ deep: '***!' }, 1, true, null], plain: '***' })
    expect(mask.reveal(mask.hide(value))).toEqual(value)
  })

  test('as a whole where a shorter one is its beginning', () => {
    expect(shown(`<${VALUE}-and-more>`)).toBe('<***>')
  })

  test('once only: what is hidden already stays, also where a secret looks like a part of a marker', () => {
    const odd = createSecretMask({ NAME: 'NAME', KW: 'kw:n', RAW: ':raw' }, NONCE)
    const hidden = odd.hide('NAME kw:n :raw')
    expect(odd.hide(hidden)).toEqual(hidden)
    expect([odd.reveal(hidden), showMasked(hidden, NONCE)]).toEqual(['NAME kw:n :raw', '*** *** ***'])
  })

  test('from whoever is only to read it, in one step', () => {
    expect(mask.cover({ a: [`x ${VALUE}`, mask.hide(VALUE)] })).toEqual({ a: ['x ***', '***'] })
  })

  test('but not the part of it that a path reads', () => {
    const dotted = createSecretMask({ DOTS: 'x/../a', ONLY: '..' }, NONCE)
    expect(dotted.cover('a banana .. x/../a')).toBe('a banana *** ***')
  })

  test('while a value that does not hold it stays as it is', () => {
    const value = { a: 'abcd-1234', b: 12345678, c: [undefined, false] }
    expect(mask.hide(value)).toEqual(value)
  })
})

test('a marker in JSON text comes back so that the JSON still says the same', () => {
  const text = JSON.stringify({ token: mask.hide(VALUE) })
  expect(JSON.parse(String(mask.reveal(text)))).toEqual({ token: VALUE })
  expect(JSON.parse(String(showMasked(text, NONCE)))).toEqual({ token: '***' })
})

test('nobody who does not know the nonce can write a marker', () => {
  const marker = String(mask.hide(VALUE))
  expect(marker).toBe(`\u0001kw:${NONCE}:TOKEN:raw\u0001`)
  for (const guess of ['', 'nonce', 'n0nceXX', '.*', `${NONCE}0`]) {
    const imitation = marker.replace(NONCE, guess)
    expect([mask.reveal(imitation), showMasked(imitation, NONCE)]).toEqual([imitation, imitation])
  }
  expect(createSecretMask({ TOKEN: VALUE }, 'other').reveal(marker)).toBe(marker)
})

test('a secret that is gone since is told of by name, and its marker goes nowhere', () => {
  const hidden = mask.hide(VALUE)
  const later = createSecretMask({}, NONCE)
  expect(() => later.reveal(hidden)).toThrow(
    new StepError('VALIDATION_ERROR', 'The secret TOKEN is no longer there'),
  )
})

test('a value of 256 levels is walked, a deeper one is refused', () => {
  const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}"${'abcd1234'}"${']'.repeat(levels)}`)
  expect(JSON.stringify(shown(nested(256)))).toContain('***')
  for (const walk of [mask.hide, mask.reveal]) {
    expect(() => walk(nested(257))).toThrow('a value is nested deeper than 256 levels')
  }
})

test('a value from outside changes nothing but itself', () => {
  const value = JSON.parse('{"__proto__":{"polluted":true},"constructor":"abcd1234"}')
  expect(JSON.stringify(shown(value))).toBe('{"__proto__":{"polluted":true},"constructor":"***"}')
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

describe('whatever the secrets and the value', () => {
  // No asterisk: *** next to what stood there could be a secret by chance. No character of a marker's frame.
  const character = fc.oneof(fc.constantFrom(...'ab"\\/%+=\n{}é✓'), fc.constant('\u{1F511}'))
  const secret = fc.string({ unit: character, minLength: 4, maxLength: 8 })
  const secrets = fc.dictionary(fc.constantFrom('A', 'B_2', 'LONG_NAME'), secret, { minKeys: 1 })
  const forms = (value: string) => [
    value,
    encodeURIComponent(value),
    JSON.stringify(value).slice(1, -1),
    Buffer.from(value).toString('base64'),
  ]
  const secretsAndValue = secrets.chain((named) => {
    const held = fc.constantFrom(...Object.values(named).flatMap(forms))
    const text = fc.array(fc.oneof(held, character), { maxLength: 12 }).map((parts) => parts.join(''))
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        ...[text, fc.integer(), fc.boolean(), fc.constant(null)],
        ...[fc.array(tie('value')), fc.dictionary(text, tie('value'))],
      ),
    }))
    return fc.record({ named: fc.constant(named), value })
  })

  test('what was hidden comes back as it was, and what is shown holds no secret', () => {
    fc.assert(
      fc.property(secretsAndValue, ({ named, value }) => {
        const { hide, reveal } = createSecretMask(named, NONCE)
        const hidden = hide(value)
        expect(reveal(hidden)).toEqual(value)
        expect(hide(hidden)).toEqual(hidden)
        for (const text of textsIn(showMasked(hidden, NONCE))) {
          for (const form of Object.values(named).flatMap(forms)) expect(text).not.toContain(form)
        }
      }),
    )
  })
})

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, item]) => [name, ...textsIn(item)])
}

test('what holds no secret is not copied, and what stands beside one stays the same value', () => {
  const mask = createSecretMask({ KEY: 'hidden-value' }, 'nonce')
  const beside = { list: [1, 'a', { b: null }] }
  expect(mask.hide(beside)).toBe(beside)
  const hidden = mask.hide({ beside, after: ['x', 'hidden-value', 'y'], 'hidden-value': 1 })
  expect(JSON.stringify(hidden)).not.toContain('hidden-value')
  expect(Reflect.get(hidden as object, 'beside')).toBe(beside)
  expect(mask.reveal(hidden)).toEqual({ beside, after: ['x', 'hidden-value', 'y'], 'hidden-value': 1 })
})
