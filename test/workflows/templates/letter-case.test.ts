import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { atOnce } from '../../../src/lib/sliced-work.ts'
import { render } from '../../../src/workflows/templates/render.ts'

/** What a template comes to, and after how many turns of the others. */
function rendered(template: string, a: unknown) {
  const work = render(template, { a })
  for (let turns = 0; ; turns++) {
    const { done, value } = work.next()
    if (done) return { value, turns }
  }
}

test.each([
  ['upper', 'ş', 'Ş'],
  ['lower', 'Ş', 'ş'],
])(
  'others have their turn while the filter %s goes through megabytes that are not Latin',
  (filter, from, to) => {
    const count = 2 * 1024 * 1024
    const { value, turns } = rendered(`{{a | ${filter}}}`, from.repeat(count))
    expect(value === to.repeat(count)).toBe(true)
    expect(turns).toBeGreaterThan(10)
  },
)

describe('a text of many pieces becomes what it would become in one:', () => {
  // Σ is small in another way at a word's end; ’ and the accent do not end a word, the skin tone neither, and has two halves.
  const near = fc.array(
    fc.constantFrom('Σ', 'a', 'A', '’', '\u0301', ' ', '\u{10400}', '\u{1F3FB}', 'İ', 'ß'),
    {
      maxLength: 60,
    },
  )
  const text = fc.tuple(near, fc.nat(60)).map(([characters, before]) => {
    const middle = characters.join('')
    return `${'x'.repeat(64 * 1024 - before)}${middle} and after`
  })

  test.each(['upper', 'lower'])('%s', (filter) => {
    const change = (text: string) => (filter === 'upper' ? text.toUpperCase() : text.toLowerCase())
    fc.assert(
      fc.property(text, (text) => atOnce(render(`{{a | ${filter}}}`, { a: text })) === change(text)),
      { numRuns: 300 },
    )
  })

  test('no surrogate pair is cut, though there is nothing else', () => {
    const text = `x${'\u{10400}'.repeat(100_000)}`
    expect(rendered('{{a | lower}}', text).value === text.toLowerCase()).toBe(true)
  })
})

test('others have their turn while the names of a large object are listed again and again', () => {
  const object = Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`name ${n}`, n]))
  const { value, turns } = rendered(`{{${Array(100).fill('(a | length)').join(' + ')}}}`, object)
  expect(value).toBe(1_000_000)
  expect(turns).toBeGreaterThan(40)
})
