import { expect, test } from 'bun:test'
import { createRowIndex, type RowIndex } from '../../src/lib/row-index.ts'

/** All rows that stand under a hash. */
function rowsOf(index: RowIndex, hash: number): number[] {
  const rows: number[] = []
  index.find(hash, (row) => rows.push(row) === 0)
  return rows.toSorted((a, b) => a - b)
}

test('rows whose hashes collide, also across the end of the table, are each found and taken out alone', () => {
  const index = createRowIndex()
  // Hashes that begin in the last places of a table of any size, and those that they push on to its first.
  const hashes = [-1, -1, -2, -3, -1, -0x4000000, -0x3ffffff, -2, -0x4000000, -0x3fffc01, 0, 1, 0x3ff, 0, -1]
  for (const [row, hash] of hashes.entries()) index.add(hash, row)
  const left = new Map(hashes.map((hash, row) => [row, hash]))
  const check = () => {
    for (const hash of hashes) {
      const expected = [...left].filter(([, of]) => of === hash).map(([row]) => row)
      expect(rowsOf(index, hash)).toEqual(expected)
    }
  }
  check()
  for (const row of [3, 0, 9, 13, 5, 10, 1, 12, 7, 2, 8, 14, 11, 4, 6]) {
    index.remove(left.get(row) ?? 0, row)
    left.delete(row)
    check()
  }
})

test('of rows with the same hash the one is found that is meant, and none where none is', () => {
  const index = createRowIndex()
  for (const row of [5, 7, 9]) index.add(-3, row)
  expect(index.find(-3, (row) => row === 7)).toBe(7)
  expect(index.find(-3, (row) => row === 8)).toBe(-1)
  expect(index.find(-4, () => true)).toBe(-1)
  expect(createRowIndex().find(0, () => true)).toBe(-1)
})

test('a table that has grown many times holds every row, and none once it is emptied', () => {
  const index = createRowIndex()
  const hashOf = (row: number) => Math.imul(row, 0x9e3779b1)
  for (let row = 0; row < 100_000; row++) index.add(hashOf(row), row)
  for (let row = 0; row < 100_000; row += 7) expect(rowsOf(index, hashOf(row))).toEqual([row])
  for (let row = 0; row < 100_000; row += 2) index.remove(hashOf(row), row)
  for (let row = 0; row < 100_000; row += 7) expect(rowsOf(index, hashOf(row))).toEqual(row % 2 ? [row] : [])
  index.clear()
  for (let row = 0; row < 100; row++) expect(rowsOf(index, hashOf(row))).toEqual([])
})
