import { describe, expect, test } from 'bun:test'
import { readJson } from '../../src/lib/json-reading.ts'
import { atOnce } from '../../src/lib/sliced-work.ts'
import { seeded } from '../helpers/seeded.ts'

/** Of any shape, by a seed. */
function anyValue(random: () => number, depth: number): unknown {
  const kind = Math.floor(random() * (depth > 4 ? 5 : 8))
  const length = Math.floor(random() * 6)
  if (kind === 0) return [null, true, false][length % 3]
  if (kind === 1) return (random() - 0.5) * 10 ** (length * 3)
  if (kind < 5) return textOf(random)
  if (kind === 5)
    return Object.fromEntries(Array.from({ length }, () => [textOf(random), anyValue(random, depth + 1)]))
  return Array.from({ length }, () => anyValue(random, depth + 1))
}

function textOf(random: () => number): string {
  const parts = [
    '',
    'a',
    '"',
    '\\',
    '\n',
    '\u0001',
    'é',
    '€',
    '😀',
    '\ud83d',
    '[',
    ']',
    '{',
    '}',
    ',',
    ':',
    '__proto__',
    '7',
  ]
  return Array.from(
    { length: Math.floor(random() * 12) },
    () => parts[Math.floor(random() * parts.length)],
  ).join('')
}

/** What it reads, or that it refuses. */
function outcome(read: () => unknown): unknown {
  try {
    return { value: read() }
  } catch (error) {
    return error instanceof SyntaxError ? 'refused' : error
  }
}

describe('JSON that is read in pieces', () => {
  test.each([1, 2, 3, 5, 8, 13, 40])('of %i characters is what JSON.parse reads', (piece) => {
    for (let seed = 1; seed <= 400; seed++) {
      const value = anyValue(seeded(seed), 0)
      for (const json of [
        JSON.stringify(value),
        JSON.stringify(value, null, '\t '),
        ` ${JSON.stringify([value])}\n`,
      ]) {
        const read = atOnce(readJson(json, piece))
        expect([json, JSON.stringify(read)]).toEqual([json, JSON.stringify(JSON.parse(json))])
      }
    }
  })

  test.each([1, 2, 3, 5, 8, 13])('of %i characters is refused where JSON.parse refuses it', (piece) => {
    let refused = 0
    for (let seed = 1; seed <= 2000; seed++) {
      const random = seeded(seed)
      const json = JSON.stringify(anyValue(random, 0))
      const at = Math.floor(random() * json.length)
      const junk = ['', ',', ']', '}', '[', '{', '"', ':', '\\', ' ', '1', '\n', 'x', '\u00a0'][
        Math.floor(random() * 14)
      ]
      const broken = json.slice(0, at) + junk + json.slice(at + Math.floor(random() * 2))
      const expected = outcome(() => JSON.parse(broken))
      if (expected === 'refused') refused++
      expect([broken, outcome(() => atOnce(readJson(broken, piece)))]).toEqual([broken, expected])
    }
    expect(refused).toBeGreaterThan(500)
  })

  test.each([
    ...[
      '["abcdef" "x"]',
      '["abcdef"1]',
      '[1,]',
      '["abcdef",]',
      '[,1]',
      '[,"abcdef"]',
      '["abcdef"}',
      '["abcdef":1]',
    ],
    ...[
      '{"abcdef":1]',
      '{"abcdef" 1}',
      '{"abcdef":1,}',
      '{"a":"abcdef",}',
      '{,"abcdef":1}',
      '{"abcdef"}',
      '{1:"abcdef"}',
    ],
    ...[
      '["abcdef"],',
      '["abcdef"',
      '"abcdef',
      '["abc\ndef"]',
      '["abcdef\\x"]',
      '["abcdef\\u12"]',
      '[\u00a0"abcdef"]',
    ],
  ])('is refused where it is %j', (json) => {
    expect(() => JSON.parse(json)).toThrow(SyntaxError)
    for (let piece = 1; piece <= json.length; piece++)
      expect([piece, outcome(() => atOnce(readJson(json, piece)))]).toEqual([piece, 'refused'])
  })

  test('has a turn for others at least once for each piece, in a long text, in many members and in nested ones', () => {
    for (const value of ['x\n'.repeat(5000), Array(3000).fill(12), [{ a: [['y'.repeat(9000)]] }]]) {
      const work = readJson(JSON.stringify(value), 100)
      let turns = 0
      for (let next = work.next(); !next.done; next = work.next()) turns++
      expect(turns).toBeGreaterThan(50)
    }
  })
})
