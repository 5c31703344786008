import { describe, expect, test } from 'bun:test'
import { atOnce } from '../../../src/lib/sliced-work.ts'
import { readCsv } from '../../../src/workflows/steps/csv.ts'

const DELIMITERS = [',', '\t', '|', ';', '\x1e', '\x1f']

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

  test('missing cells of a line left out, and extra cells in a list', () => {
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
    ['a comma where its quotes break and nothing else cuts the lines', 'a,b\n1,"2"x', ','],
    [
      'a semicolon where a comma breaks quotes',
      'Name, Vorname;Ort\n"Meier, Anna";Bonn\n"Huber, Max";Ulm\n',
      ';',
    ],
    [
      'a semicolon where a comma breaks the first quote',
      'Betrag, netto;Betrag, brutto\n"10,00";"11,90"',
      ';',
    ],
    ['a tab where a comma breaks quotes', 'Date, time\tValue\n"2026-01-01, 10:00"\t5', '\t'],
    [
      'a semicolon where quoted cells have commas and line breaks and some lines are short',
      'Name, Vorname;Ort, Land;Text\n"Meier, Anna";"Bonn, D";"a,\nb, c"\n"Huber, Max"\n"Ott, Eva";"Ulm, D"\n',
      ';',
    ],
    ['what cuts most where a comma breaks quotes and a line is too short', 'a;b | c\n1;"x,""y"" "\n2\n', ';'],
    ['what breaks no quotes behind the first ten lines', `a, b;c\n${'1, 2;3\n'.repeat(20)}"4, 5";6\n`, ';'],
    [
      'what breaks no quotes in a text that is longer than the first lines',
      `a, b;c\n"1, 2";3\n${'"4, 5";6\n'.repeat(10_000)}`,
      ';',
    ],
  ])('%s', (_, text, delimiter) => {
    expect(result(text, null)).toEqual(result(text, delimiter))
  })

  test('none that breaks quotes, where another one splits each line', () => {
    for (const delimiter of DELIMITERS)
      for (const other of DELIMITERS.filter((one) => one !== delimiter)) {
        const text = `a${other}b${other}c${delimiter}d\n"1${other}2${other}3"${delimiter}"4"\n`
        expect(result(text, other)).toBe('SyntaxError: has a quote that is not closed')
        expect(result(text, null)).toEqual(result(text, delimiter))
      }
  })
})

function result(text: string, delimiter: string | null) {
  try {
    return read(text, delimiter)
  } catch (error) {
    return String(error)
  }
}

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
