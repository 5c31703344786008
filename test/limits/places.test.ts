import { describe, expect, test } from 'bun:test'
import { createPlaces, mapNumber } from '../../src/limits/places.ts'
import { seeded } from '../helpers/seeded.ts'

describe('the places of windows', () => {
  test.each([
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

  test('are found by ids of any form, counted once, and gone when they are deleted', () => {
    const places = createPlaces()
    const uuid = '0192f0c1-7c3b-7a44-9d05-8e6ab1c2d3f4'
    const others = [uuid.toUpperCase(), `${uuid} `, uuid.replace('-', ''), '(everyone else)', '::1']
    const ids = ['', 'a', 'ab', 'abcdef', 'abcdefg', '\u{1f600}', uuid, ...others]
    for (const [index, id] of [...ids, ...ids].entries()) places.set(id, index + 1)
    expect(places.size).toBe(ids.length)
    expect(ids.map(places.get)).toEqual(ids.map((_, index) => ids.length + index + 1))
    expect([...places.entries()].map(([id]) => id).toSorted()).toEqual(ids.toSorted())
    for (const id of [...ids, ...ids]) places.delete(id)
    expect([places.size, ...places.entries()]).toEqual([0])
    expect(ids.map(places.get)).toEqual(ids.map(() => undefined))
  })

  test('of thousands of ids that come and go are those that a plain map knows', () => {
    const places = createPlaces()
    const known = new Map<string, number>()
    const ids = Array.from({ length: 3000 }, (_, at) => (at % 3 === 0 ? `10.0.0.${at}` : Bun.randomUUIDv7()))
    const number = seeded(3)
    const random = (below: number) => Math.floor(number() * below)
    for (let step = 1; step <= 20_000; step++) {
      const id = ids[random(ids.length)] ?? ''
      if (random(2) === 0) {
        places.delete(id)
        known.delete(id)
      } else {
        places.set(id, step)
        known.set(id, step)
      }
      const asked = ids[random(ids.length)] ?? ''
      expect([places.get(asked), places.size]).toEqual([known.get(asked), known.size])
    }
    expect(new Map(places.entries())).toEqual(known)
    for (const id of ids) places.delete(id)
    places.set('again', 1)
    expect([...places.entries()]).toEqual([['again', 1]])
  })

  test('that stay are each told once by whoever goes through all of them, while others come and go', () => {
    const places = createPlaces()
    const staying = Array.from({ length: 2000 }, () => Bun.randomUUIDv7())
    const leaving = Array.from({ length: 2000 }, () => Bun.randomUUIDv7())
    for (const [at, id] of staying.entries()) {
      places.set(leaving[at] ?? '', at + 1)
      places.set(id, at + 1)
    }
    const told: string[] = []
    for (const [id] of places.entries()) {
      told.push(id)
      places.delete(leaving[told.length % leaving.length] ?? '')
      places.set(Bun.randomUUIDv7(), 1)
      if (told.length > 10_000) break
    }
    expect(told.filter((id) => staying.includes(id)).toSorted()).toEqual(staying.toSorted())
  })
})
