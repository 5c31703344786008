import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { atOnce } from '../../../src/lib/sliced-work.ts'
import { createSecretMask, showMasked } from '../../../src/workflows/steps/secret-mask.ts'
import { StepError } from '../../../src/workflows/steps/step-work.ts'
import { render } from '../../../src/workflows/templates/render.ts'

const NONCE = 'n0nce.+'
const VALUE = 'p@ss "wörd"/1'
const mask = await createSecretMask({ TOKEN: VALUE, LONGER: `${VALUE}-and-more`, PLAIN: 'abcd1234' }, NONCE)

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

const shownOf = (hidden: unknown) => atOnce(showMasked(hidden, NONCE))

/** As whoever reads the run sees it. */
const shown = async (value: unknown) => shownOf(await mask.hide(value))

describe('a secret is hidden', () => {
  test.each(Object.entries(FORMS))('in its %s form, and comes back in it', async (_, form) => {
    const text = `a ${form} b ${form}`
    expect(await shown(text)).toBe('a *** b ***')
    expect(await mask.reveal(await mask.hide(text))).toBe(text)
  })

  test.each(['upper', 'lower', 'trim', 'trim | upper', 'upper | trim', 'lower | trim'])(
    'as the filter %s makes it, in each form, and comes back in it',
    async (filters) => {
      const odd = await createSecretMask({ ODD: '  Straße "Ä"/1\n' }, NONCE)
      const made = atOnce(render(`{{secret | ${filters}}}`, { secret: '  Straße "Ä"/1\n' }))
      for (const form of Object.values(formsOf(String(made)))) {
        expect(await odd.cover(`<${form}>`)).toBe('<***>')
        expect(await odd.reveal(await odd.hide(`<${form}>`))).toBe(`<${form}>`)
      }
    },
  )

  test('in every text of a value, names included', async () => {
    const value = { [`x${VALUE}`]: [{ deep: `${VALUE}!` }, 1, true, null], plain: 'abcd1234' }
    expect(await shown(value)).toEqual({ 'x***': [{ deep: '***!' }, 1, true, null], plain: '***' })
    expect(await mask.reveal(await mask.hide(value))).toEqual(value)
  })

  test('as a whole where a shorter one is its beginning', async () => {
    expect(await shown(`<${VALUE}-and-more>`)).toBe('<***>')
  })

  test('once only: what is hidden already stays, also where a secret looks like a part of a marker', async () => {
    const odd = await createSecretMask({ NAME: 'NAME', KW: 'kw:n', RAW: ':raw' }, NONCE)
    const hidden = await odd.hide('NAME kw:n :raw')
    expect(await odd.hide(hidden)).toEqual(hidden)
    expect([await odd.reveal(hidden), shownOf(hidden)]).toEqual(['NAME kw:n :raw', '*** *** ***'])
  })

  test('from whoever is only to read it, in one step', async () => {
    expect(await mask.cover({ a: [`x ${VALUE}`, await mask.hide(VALUE)] })).toEqual({ a: ['x ***', '***'] })
  })

  test('but not the part of it that a path reads', async () => {
    const dotted = await createSecretMask({ DOTS: 'x/../a', ONLY: '..' }, NONCE)
    expect(await dotted.cover('a banana .. x/../a')).toBe('a banana *** ***')
  })

  test('while a value that does not hold it stays as it is', async () => {
    const value = { a: 'abcd-1234', b: 12345678, c: [undefined, false] }
    expect(await mask.hide(value)).toEqual(value)
  })
})

test('a marker in JSON text comes back so that the JSON still says the same', async () => {
  const text = JSON.stringify({ token: await mask.hide(VALUE) })
  expect(JSON.parse(String(await mask.reveal(text)))).toEqual({ token: VALUE })
  expect(JSON.parse(String(shownOf(text)))).toEqual({ token: '***' })
})

test('nobody who does not know the nonce can write a marker', async () => {
  const marker = String(await mask.hide(VALUE))
  expect(marker).toBe(`\u0001kw:${NONCE}:TOKEN:raw\u0001`)
  for (const guess of ['', 'nonce', 'n0nceXX', '.*', `${NONCE}0`]) {
    const imitation = marker.replace(NONCE, guess)
    expect([await mask.reveal(imitation), shownOf(imitation)]).toEqual([imitation, imitation])
  }
  const other = await createSecretMask({ TOKEN: VALUE }, 'other')
  expect(await other.reveal(marker)).toBe(marker)
})

test('a secret that is gone since is told of by name, and its marker goes nowhere', async () => {
  const hidden = await mask.hide(VALUE)
  const later = await createSecretMask({}, NONCE)
  await expect(later.reveal(hidden)).rejects.toEqual(
    new StepError('VALIDATION_ERROR', 'The secret TOKEN is no longer there'),
  )
})

test('a value of 256 levels is walked, a deeper one is refused', async () => {
  const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}"${'abcd1234'}"${']'.repeat(levels)}`)
  expect(JSON.stringify(await shown(nested(256)))).toContain('***')
  for (const walk of [mask.hide, mask.reveal]) {
    await expect(walk(nested(257))).rejects.toThrow('a value is nested deeper than 256 levels')
  }
})

test('a value from outside changes nothing but itself', async () => {
  const value = JSON.parse('{"__proto__":{"polluted":true},"constructor":"abcd1234"}')
  expect(JSON.stringify(await shown(value))).toBe('{"__proto__":{"polluted":true},"constructor":"***"}')
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

  test('what was hidden comes back as it was, and what is shown holds no secret', async () => {
    await fc.assert(
      fc.asyncProperty(secretsAndValue, async ({ named, value }) => {
        const { hide, reveal } = await createSecretMask(named, NONCE)
        const hidden = await hide(value)
        expect(await reveal(hidden)).toEqual(value)
        expect(await hide(hidden)).toEqual(hidden)
        for (const text of textsIn(shownOf(hidden))) {
          for (const form of Object.values(named).flatMap(forms)) expect(text).not.toContain(form)
        }
      }),
    )
  })
})

describe('a text that is shortened', () => {
  test('hides a secret that the cut goes through as a whole, and gives it back', async () => {
    const told = await mask.shortened(`ab ${VALUE} cd`, 6)
    expect(shownOf(told)).toBe('ab ***…')
    expect(await mask.reveal(told)).toBe(`ab ${VALUE}…`)
  })

  test('keeps so many characters, and stays as it is where it has no more', async () => {
    const texts = await Promise.all(
      ['abcde', 'abcdef', `abcde${VALUE}`].map((text) => mask.shortened(text, 5)),
    )
    expect(texts).toEqual(['abcde', 'abcde…', 'abcde…'])
  })

  test('begins as the whole text does when its secrets are hidden, wherever it is cut', async () => {
    const named = { A: 'aab"aab', B: 'abaabaab', LONGER: 'aab"aab and more' }
    const several = await createSecretMask(named, NONCE)
    const piece = fc.constantFrom(...Object.values(named), 'QUFCIkFBQg==', 'a', 'b', '"', ' and')
    const text = fc.array(piece, { maxLength: 12 }).map((pieces) => pieces.join(''))
    await fc.assert(
      fc.asyncProperty(text, fc.nat(60), async (text, charsMax) => {
        fc.pre(text.length > charsMax)
        const told = await several.shortened(text, charsMax)
        expect(told.endsWith('…')).toBe(true)
        expect(await several.cover(text)).toStartWith(String(shownOf(told)).slice(0, -1))
        const back = String(await several.reveal(told)).slice(0, -1)
        expect(text).toStartWith(back)
        expect(back.length).toBeGreaterThanOrEqual(charsMax)
      }),
    )
  })
})

function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([name, item]) => [name, ...textsIn(item)])
}

test('what holds no secret is not copied, and what stands beside one stays the same value', async () => {
  const mask = await createSecretMask({ KEY: 'hidden-value' }, 'nonce')
  const beside = { list: [1, 'a', { b: null }] }
  expect(await mask.hide(beside)).toBe(beside)
  const hidden = await mask.hide({ beside, after: ['x', 'hidden-value', 'y'], 'hidden-value': 1 })
  expect(JSON.stringify(hidden)).not.toContain('hidden-value')
  expect(Reflect.get(hidden as object, 'beside')).toBe(beside)
  expect(await mask.reveal(hidden)).toEqual({ beside, after: ['x', 'hidden-value', 'y'], 'hidden-value': 1 })
})

test('a secret that is short without its spaces is hidden all the same', async () => {
  const short = await createSecretMask({ SHORT: '  q7 ', LONG: 'abcd1234' }, NONCE)
  expect(await short.cover(['a q7', 'q7', 'abcd1234'])).toEqual(['a ***', '***', '***'])
})

describe('of megabytes', () => {
  const LINE = `a line with ${VALUE}, and PLAIN ABCD1234 in capitals; `
  const HIDDEN = 'a line with ***, and PLAIN *** in capitals; '
  const COUNT = 15_000

  test.each<[string, unknown, unknown]>([
    ['one text', LINE.repeat(COUNT), HIDDEN.repeat(COUNT)],
    ['a text for each line', Array(COUNT).fill(LINE), Array(COUNT).fill(HIDDEN)],
    ['a name for each line', numbered(LINE), numbered(HIDDEN)],
  ])(
    'each secret is hidden and comes back, in %s, and others have their turn meanwhile',
    async (_, value, seen) => {
      const turns = { hide: 0, reveal: 0 }
      const hidden = await counted(
        () => mask.hide(value),
        (count) => (turns.hide = count),
      )
      const back = await counted(
        () => mask.reveal(hidden),
        (count) => (turns.reveal = count),
      )
      expect(back).toEqual(value)
      expect(shownOf(hidden)).toEqual(seen)
      expect([...showMasked(hidden, NONCE)].length).toBeGreaterThan(2)
      expect(turns.hide).toBeGreaterThan(2)
      expect(turns.reveal).toBeGreaterThan(2)
    },
  )

  test('others have their turn after each few thousand secrets that are hidden in a text, though they are all of it', async () => {
    const [count, atOnceMax] = [60_000, 6_000]
    let turns = 0
    const hidden = await counted(
      () => mask.hide('ABCD1234'.repeat(count)),
      (turnsTaken) => (turns = turnsTaken),
    )
    expect(shownOf(hidden)).toBe('***'.repeat(count))
    expect(turns).toBeGreaterThanOrEqual(count / atOnceMax)
  })

  test('others have their turn while a text is looked through that is nearly a large secret at every place', async () => {
    const large = await createSecretMask({ LARGE: `${'a'.repeat(8000)}b\`${'a'.repeat(8000)}` }, NONCE)
    const text = 'a'.repeat(512 * 1024)
    let turns = 0
    expect(
      await counted(
        () => large.hide(text),
        (count) => (turns = count),
      ),
    ).toBe(text)
    expect(turns).toBeGreaterThan(4)
  })

  test.each([
    ['many large secrets', 20, 'é/'.repeat(15_000)],
    ['one secret of the largest size', 1, 'ΐ'.repeat(65_536)],
  ])('others have their turn while the forms of %s are made', async (_, count, value) => {
    const large = Object.fromEntries(Array.from({ length: count }, (_, n) => [`S${n}`, `${value}${n}`]))
    let turns = 0
    await counted(
      () => createSecretMask(large, NONCE),
      (count) => (turns = count),
    )
    expect(turns).toBeGreaterThan(10)
  })

  function numbered(line: string): object {
    return Object.fromEntries(Array.from({ length: COUNT }, (_, n) => [`${n} ${line}`, n]))
  }

  /** Does the work, and tells how many turns of the event loop came between. */
  async function counted<T>(work: () => Promise<T>, tell: (turns: number) => void): Promise<T> {
    let turns = 0
    let next = setImmediate(function turn() {
      turns += 1
      next = setImmediate(turn)
    })
    const value = await work()
    clearImmediate(next)
    tell(turns)
    return value
  }
})
