import { describe, expect, test } from 'bun:test'
import fc from 'fast-check'
import { createSlabs, indexOf, NOWHERE, type Place, sizeFor } from '../../src/limits/slabs.ts'

/** @returns the words of a piece. */
function pieceAt(slabs: ReturnType<typeof createSlabs>, place: Place, words: number): Int32Array {
  const slab = slabs.at(place)
  if (!slab) throw new Error('there is no such slab')
  return slab.words.subarray(indexOf(place), indexOf(place) + sizeFor(words))
}

describe('pieces of slabs', () => {
  test('are as large as was asked for, are 0 when they are taken, and nobody else’s until they are given back', () => {
    const take = fc.record({ words: fc.oneof(fc.integer({ min: 1, max: 70 }), fc.constant(5000)) })
    const give = fc.record({ given: fc.nat(1000) })
    const steps = fc.array(fc.oneof({ weight: 3, arbitrary: take }, { weight: 2, arbitrary: give }), {
      minLength: 300,
      maxLength: 600,
      size: 'max',
    })
    fc.assert(
      fc.property(steps, (all) => {
        const slabs = createSlabs()
        let pieces: { place: Place; words: number; mark: number }[] = []
        for (const [mark, step] of all.entries()) {
          if ('words' in step) {
            const place = slabs.take(step.words)
            const piece = pieceAt(slabs, place, step.words)
            expect(piece.length).toBeGreaterThanOrEqual(step.words)
            expect(piece.every((word) => word === 0)).toBe(true)
            piece.fill(mark + 1)
            pieces.push({ place, words: step.words, mark: mark + 1 })
          } else {
            const gone = pieces[step.given % pieces.length]
            if (gone) slabs.give(gone.place)
            pieces = pieces.filter((piece) => piece !== gone)
          }
        }
        for (const { place, words, mark } of pieces) {
          expect(pieceAt(slabs, place, words).every((word) => word === mark)).toBe(true)
        }
        expect(slabs.at(NOWHERE)).toBeUndefined()
      }),
      { numRuns: 30 },
    )
  })

  test('leave no memory behind once all of a slab are given back, in whatever order', () => {
    for (const words of [8, 64, 5000]) {
      const slabs = createSlabs()
      const places = Array.from({ length: 1000 }, () => slabs.take(words))
      for (let i = 0; i < places.length; i++) slabs.give(places[(i * 7) % 1000] ?? NOWHERE)
      expect(places.filter((place) => slabs.at(place) !== undefined)).toEqual([])
    }
  })

  test('take the places of those that were given back before a further slab is begun', () => {
    const slabs = createSlabs()
    const places = Array.from({ length: 2000 }, () => slabs.take(16))
    const given = places.filter((_, index) => index % 3 === 0)
    for (const place of given) slabs.give(place)
    const again = given.map(() => slabs.take(16))
    expect(again.toSorted()).toEqual(given.toSorted())
  })
})
