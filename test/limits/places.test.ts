import { describe, expect, test } from 'bun:test'
import { createPlaces, mapNumber } from '../../src/limits/places.ts'
import { seeded } from '../helpers/seeded.ts'

/** As a sweep does that finds this one idle, and no other. */
function drop(places: ReturnType<typeof createPlaces>, id: string): void {
  const idle = places.get(id)
  places.sweep(Number.POSITIVE_INFINITY, (place) => place === idle)
}

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

  test('are found by ids of any form, counted once, and gone when they are idle', () => {
    const places = createPlaces()
    const uuid = '0192f0c1-7c3b-7a44-9d05-8e6ab1c2d3f4'
    const others = [uuid.toUpperCase(), `${uuid} `, uuid.replace('-', ''), '(everyone else)', '::1']
    const ids = ['', 'a', 'ab', 'abcdef', 'abcdefg', '\u{1f600}', uuid, ...others]
    for (const [index, id] of [...ids, ...ids].entries()) places.set(id, index + 1)
    expect(places.size).toBe(ids.length)
    expect(ids.map(places.get)).toEqual(ids.map((_, index) => ids.length + index + 1))
    expect([...places.entries()].map(([id]) => id).toSorted()).toEqual(ids.toSorted())
    for (const id of [...ids, ...ids]) drop(places, id)
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
        drop(places, id)
        known.delete(id)
      } else {
        places.set(id, step)
        known.set(id, step)
      }
      const asked = ids[random(ids.length)] ?? ''
      expect([places.get(asked), places.size]).toEqual([known.get(asked), known.size])
    }
    expect(new Map(places.entries())).toEqual(known)
    for (const id of ids) drop(places, id)
    places.set('again', 1)
    expect([...places.entries()]).toEqual([['again', 1]])
  })

  test('that stay are each told once by whoever goes through all of them, while others come and go', () => {
    const places = createPlaces()
    const staying = Array.from({ length: 2000 }, () => Bun.randomUUIDv7())
    const leaving = Array.from({ length: 2000 }, () => Bun.randomUUIDv7())
    for (const [at, id] of staying.entries()) {
      places.set(leaving[at] ?? '', 2 * at + 1)
      places.set(id, 2 * at + 2)
    }
    const told: string[] = []
    for (const [id] of places.entries()) {
      told.push(id)
      drop(places, leaving[told.length % leaving.length] ?? '')
      places.set(Bun.randomUUIDv7(), 10_000)
      if (told.length > 10_000) break
    }
    expect(told.filter((id) => staying.includes(id)).toSorted()).toEqual(staying.toSorted())
  })

  test('are looked at by sweeps in turn, of no more than so many each, whatever form their ids have', () => {
    const places = createPlaces()
    const uuids = Array.from({ length: 5 }, () => Bun.randomUUIDv7())
    const ids = [...uuids, '10.0.0.1', '10.0.0.2', '10.0.0.3', '::1']
    for (const [at, id] of ids.entries()) places.set(id, at + 1)
    const looks: number[][] = []
    const sweep = (most: number, isIdle: (place: number) => boolean) => {
      const looked: number[] = []
      places.sweep(most, (place) => {
        looked.push(place)
        return isIdle(place)
      })
      looks.push(looked)
    }
    for (let turn = 0; turn < 4; turn++) sweep(3, (place) => place % 2 === 0)
    expect(looks.map(({ length }) => length)).toEqual([3, 3, 3, 0])
    expect(looks.flat().toSorted()).toEqual(ids.map((_, at) => at + 1))
    expect([...places.entries()].map(([, place]) => place).toSorted()).toEqual([1, 3, 5, 7, 9])
    sweep(100, () => true)
    expect([looks.at(-1)?.toSorted(), places.size, ...places.entries()]).toEqual([[1, 3, 5, 7, 9], 0])
  })
})
