import { describe, expect, test } from 'bun:test'
import { createSlab } from '../../src/limits/slabs.ts'
import { append, begin, isStamped, stampOf } from '../../src/limits/window.ts'

describe('the stamp of a window', () => {
  test('tells it from every other one, also when there have been more than 2^32', () => {
    const stamps = [1, 5, 2 ** 31 + 5, 2 ** 32 - 1, 2 ** 32 + 5, 2 ** 33 + 5, 2 ** 45 + 5]
    for (const stamp of stamps) {
      const slab = createSlab(2, 8)
      begin(slab, 8, 8, stamp)
      expect(stampOf(slab, 8)).toBe(stamp)
      expect(stamps.filter((other) => isStamped(slab, 8, other))).toEqual([stamp])
    }
  })

  test('is not read out of the requests that another one has counted', () => {
    const slab = createSlab(2, 16)
    begin(slab, 0, 16, 1)
    // Word 8, where pieces of another size begin, has the third and the fourth.
    for (let i = 0; i < 3; i++) append(slab, 0, 65_536 + 7)
    expect(stampOf(slab, 8)).toBe(7)
    expect(isStamped(slab, 8, 7)).toBe(false)
  })
})
