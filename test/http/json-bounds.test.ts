import { describe, expect, test } from 'bun:test'
import { type JsonBounds, jsonExcess, jsonExcessInSlices } from '../../src/http/json-bounds.ts'

const BOUNDS: JsonBounds = { depth: 64, values: 50_000, names: 5000, orders: 5000 }
const list = (count: number, item: (i: number) => string) =>
  `[${Array.from({ length: count }, (_, i) => item(i))}]`
const pretty = (i: number) => `{\n        "id": ${i},\n        "name": "customer [\\"${i}\\"]"\n    }`

describe('JSON that is looked at in slices is judged as in one go:', () => {
  test.each([
    ['short', '[1,{"a":"}"}]', 1, null],
    ['of many lines', list(15_000, pretty), 4, null],
    ['of too many values', list(60_000, pretty), 5, 'values'],
    ['of too many names', list(20_000, (i) => `{"a name ${i}": "${'x'.repeat(100)}"}`), 2, 'names'],
    ['too deep behind much text', `["${'x'.repeat(900_000)}","",${'['.repeat(70)}`, 2, 'deeper'],
    ['of spaces', `[${' '.repeat(3_000_000)}]`, 10, null],
  ])('%s', (_, text, slicesMin, problem) => {
    const work = jsonExcessInSlices(text, BOUNDS)
    let slices = 1
    let next = work.next()
    for (; !next.done; slices++) next = work.next()
    expect(next.value ?? null).toEqual(jsonExcess(text, BOUNDS))
    if (problem === null) expect(next.value).toBeNull()
    else expect(next.value).toContain(problem)
    expect(slices).toBeGreaterThanOrEqual(slicesMin)
  })
})
