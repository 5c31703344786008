import { describe, expect, test } from 'bun:test'
import { createPlaces, mapNumber } from '../../src/limits/places.ts'

describe('the places of windows', () => {
  test.each([
    ['UUIDs', () => Bun.randomUUIDv7()],
    ['IPv4 addresses', (i: number) => `10.${(i >> 16) & 255}.${(i >> 8) & 255}.${i & 255}`],
    ['IPv6 prefixes', (i: number) => `2001:db8:${(i >> 8).toString(16)}:${(i & 255).toString(16)}00::/56`],
  ])('are in maps of which none has many more than another, for %s', (_, idOf) => {
    const counts = new Map<number, number>()
    for (let i = 0; i < 100_000; i++) {
      const number = mapNumber(idOf(i))
      counts.set(number, (counts.get(number) ?? 0) + 1)
    }
    expect(Math.max(...counts.values())).toBeLessThan(100_000 / 8)
  })

  test('are found by ids of any length, counted once, and gone when they are deleted', () => {
    const places = createPlaces()
    const ids = ['', 'a', 'ab', 'abcdef', 'abcdefg', '\u{1f600}', '(everyone else)', '::1']
    for (const [index, id] of [...ids, ...ids].entries()) places.set(id, index)
    expect(places.size).toBe(ids.length)
    expect(ids.map(places.get)).toEqual(ids.map((_, index) => ids.length + index))
    expect([...places.entries()].map(([id]) => id).toSorted()).toEqual(ids.toSorted())
    for (const id of [...ids, ...ids]) places.delete(id)
    expect([places.size, ...places.entries()]).toEqual([0])
  })
})
