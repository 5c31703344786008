import { describe, expect, test } from 'bun:test'
import { atOnce } from '../../../src/lib/sliced-work.ts'
import { readCsv } from '../../../src/workflows/steps/csv.ts'

const read = (text: string, delimiter: string | null = null) => atOnce(readCsv(text, delimiter))

describe('CSV is read with', () => {
  test.each([
    ['lines that end as on any system', 'a,b\r\n1,2\n3,4\r5,6', ['1 2', '3 4', '5 6']],
    ['quotes, line breaks and delimiters in quoted cells', 'a,b\n"1 ""x""\n","2,3"\n', ['1 "x"\n 2,3']],
    ['quotes inside cells that begin without one', 'a,b\n1"x",2', ['1"x" 2']],
    ['spaces after a quoted cell', 'a,b\n"1"  ,"2" \n', ['1 2']],
    ['no rows of empty lines', '\n\na,b\n\n1,2\n""\n', ['1 2']],
    ['an empty cell at the end of the text', 'a,b\n1,', ['1 ']],
  ])('%s', (_, text, rows) => {
    const csv = read(text)
    expect(csv.columns).toEqual(['a', 'b'])
    expect(csv.rows.map((row) => Object.values(row).join(' '))).toEqual(rows)
  })

  test('what a line has too little of left out, and what it has too much of in a list', () => {
    expect(read('a,b\n1\n1,2,3,4\n').rows).toEqual([
      { a: '1' },
      { a: '1', b: '2', __parsed_extra: ['3', '4'] },
    ])
  })

  test('a name of its own for each column', () => {
    const { columns, rows } = read('a,a,a_1,a,__proto__\n1,2,3,4,5')
    expect(columns).toEqual(['a', 'a_2', 'a_1', 'a_3', '__proto__'])
    expect(Object.values(rows[0] ?? {})).toEqual(['1', '2', '3', '4', '5'])
  })
})

describe('the delimiter of CSV is', () => {
  test.each([
    ['what cuts each line into as many cells', 'a;b,c;d\n1;2;3\n4;5;6', ';'],
    ['a tab', 'a\tb\n1\t2,5', '\t'],
    [
      'found out where a quoted cell goes on behind the first lines',
      `a|b\n"${'x,\n'.repeat(50_000)}"|2`,
      '|',
    ],
    ['found out of columns that are too many', Array(1500).fill('a').join(';'), ';'],
    ['a comma where nothing cuts the lines', 'a\n1', ','],
  ])('%s', (_, text, delimiter) => {
    const result = (by: string | null) => {
      try {
        return read(text, by)
      } catch (error) {
        return String(error)
      }
    }
    expect(result(null)).toEqual(result(delimiter))
  })
})

describe('CSV is refused with', () => {
  const CELL = 'x'.repeat(512 * 1024 + 1)
  test.each([
    ['text behind a quoted cell', 'a,b\n"1"x,2', 'has a quote that is not closed'],
    [
      'a line that is longer than there may be columns',
      `a,b\n${','.repeat(1000)}`,
      'has more than 1000 columns',
    ],
    ['a long cell', `a,b\n1,${CELL}`, 'has a cell of more than 524288 characters'],
    ['a long quoted cell', `a,b\n1,"${CELL}"`, 'has a cell of more than 524288 characters'],
    [
      'a cell of many quotes',
      `a,b\n1,"${'""'.repeat(CELL.length)}`,
      'has a cell of more than 524288 characters',
    ],
  ])('%s', (_, text, problem) => {
    expect(() => read(text)).toThrow(problem)
  })
})

describe('others have their turn while CSV is read', () => {
  test.each([
    ['of empty lines', `x,y\n${'\n'.repeat(500_000)}`],
    ['of many lines', `x,y\n${`${'a'.repeat(50)},${'b'.repeat(50)}\n`.repeat(50_000)}`],
    ['of quoted cells', `x,y\n${'"a","b"\n'.repeat(100_000)}`],
    ['of long cells', `x,y\n${`${'a'.repeat(500_000)},\n`.repeat(16)}`],
  ])('%s', (_, text) => {
    const work = readCsv(text, null)
    let slices = 1
    for (; !work.next().done; slices++);
    expect(slices).toBeGreaterThan(14)
  })
})
