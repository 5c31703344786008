import { expect, test } from 'bun:test'
import { createRowIndex, type RowIndex } from '../../src/keys/row-index.ts'

/** All rows that stand under a hash. */
function rowsOf(index: RowIndex, hash: number): number[] {
  const rows: number[] = []
  for (let place = index.seek(hash, index.firstPlace(hash)); place >= 0; ) {
    rows.push(index.rowAt(place))
    place = index.seek(hash, index.after(place))
  }
  return rows.toSorted((a, b) => a - b)
}

function remove(index: RowIndex, hash: number, row: number): void {
  let place = index.seek(hash, index.firstPlace(hash))
  while (index.rowAt(place) !== row) place = index.seek(hash, index.after(place))
  index.removeAt(place)
}

test('rows whose hashes collide, also across the end of the table, are each found and taken out alone', () => {
  const index = createRowIndex()
  // Hashes that begin in the last places of a table of any size, and those that they push on to its first.
  const hashes = [-1, -1, -2, -3, -1, 0, 1, -2, 0, 0x3ff, -1]
  for (const [row, hash] of hashes.entries()) index.add(hash, row)
  const left = new Map(hashes.map((hash, row) => [row, hash]))
  const check = () => {
    for (const hash of hashes) {
      const expected = [...left].filter(([, of]) => of === hash).map(([row]) => row)
      expect(rowsOf(index, hash)).toEqual(expected)
    }
  }
  check()
  for (const row of [3, 0, 9, 5, 10, 1, 7, 2, 8, 4, 6]) {
    remove(index, left.get(row) ?? 0, row)
    left.delete(row)
    check()
  }
})

test('a table that has grown many times holds every row, and none once it is emptied', () => {
  const index = createRowIndex()
  const hashOf = (row: number) => Math.imul(row, 0x9e3779b1)
  for (let row = 0; row < 20_000; row++) index.add(hashOf(row), row)
  for (let row = 0; row < 20_000; row++) expect(rowsOf(index, hashOf(row))).toEqual([row])
  for (let row = 0; row < 20_000; row += 2) remove(index, hashOf(row), row)
  for (let row = 0; row < 20_000; row++) expect(rowsOf(index, hashOf(row))).toEqual(row % 2 ? [row] : [])
  index.clear()
  for (let row = 0; row < 100; row++) expect(rowsOf(index, hashOf(row))).toEqual([])
})
