import { expect, test } from 'bun:test'
import fc from 'fast-check'
import { atOnce } from '../../src/lib/sliced-work.ts'
import { createTextSearch } from '../../src/lib/text-search.ts'

const never = () => false

/** All places, each as soon after the one before as `step` says. */
function placesOf(find: (from: number) => number, step: number): number[] {
  const places: number[] = []
  for (let at = find(0); at !== -1; at = find(at + step)) places.push(at)
  return places
}

test('a part is found at the places where the engine’s own search finds it, however it repeats itself', () => {
  const few = (maxLength: number) => fc.string({ unit: fc.constantFrom('a', 'b', 'é'), maxLength })
  const repeated = fc.tuple(few(4), fc.nat(40), few(3)).map(([text, times, end]) => text.repeat(times) + end)
  const part = fc.oneof(few(8), repeated).filter((text) => text !== '')
  const made = part.chain((part) => {
    const pieces = fc.oneof(fc.constant(part), fc.constant(part.slice(0, -1)), repeated, few(3))
    return fc.record({ part: fc.constant(part), text: fc.array(pieces).map((all) => all.join('')) })
  })
  fc.assert(
    fc.property(made, fc.integer({ min: 1, max: 99 }), ({ part, text }, step) => {
      const search = createTextSearch(text, part, never)
      const found = placesOf((from) => atOnce(search(from)), step)
      expect(found).toEqual(placesOf((from) => text.indexOf(part, from), step))
    }),
    { numRuns: 2000 },
  )
})

test('an empty part is found where the search begins', () => {
  expect(atOnce(createTextSearch('abc', '', never)(0))).toBe(0)
})

test.each([
  ['a part that differs in its middle', `${'a'.repeat(8000)}b\`${'a'.repeat(8000)}`, 'a'.repeat(128 * 1024)],
  ['a part that differs at its end', `${'a'.repeat(16_000)}b`, 'a'.repeat(128 * 1024)],
  ['a part that is nearly there again and again', 'ab'.repeat(8000), `${'ab'.repeat(7999)}c`.repeat(8)],
  ['a part that overlaps itself', 'a'.repeat(16_000), 'a'.repeat(128 * 1024)],
])('the steps of a search grow with the text, not with the text times the part: %s', (_, part, text) => {
  let chars = 0
  const search = createTextSearch(text, part, (more) => {
    chars += more
    return false
  })
  placesOf((from) => atOnce(search(from)), 1)
  expect(chars).toBeLessThan(4 * text.length)
})
