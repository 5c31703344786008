import { describe, expect, test } from 'bun:test'
import { type Column, fittedTable, renderTable } from '../../src/cli/table.ts'
import { setOutputMode } from '../../src/cli/terminal.ts'
import { afterTest } from '../helpers/after-test.ts'

const COLUMNS: readonly Column[] = [
  { title: 'ID', rank: 1, shrinks: 'id' },
  { title: 'NAME', rank: 1, shrinks: 'text' },
  { title: 'KEY', rank: 3 },
  { title: 'CREATED', rank: 4 },
  { title: 'STATUS', rank: 2 },
]
const ROWS = [
  [
    '01a221f5-837b-7149-bc41-5f44d0ca91b5',
    '請求書の自動処理を行う本番環境の鍵',
    'wfk_RB7eJOwoGCAOqFt1…',
    '2026-11-28 11:41:07Z',
    'active',
  ],
  [
    '01a221f5-837b-7149-bd41-5f44d0ca91b5',
    'e\u0301te\u0301 👩‍👩‍👧',
    'wfk_q2ZZJOwoGCAOqFt1…',
    '2026-11-28 11:41:07Z',
    'revoked',
  ],
  ['01a221f6-0000-7149-bc41-5f44d0ca91b5', 'CI', 'wfk_99ZZJOwoGCAOqFt1…', '2026-11-28 11:41:07Z', 'active'],
]

function linesAt(width: number, columns = COLUMNS, rows = ROWS): string[] {
  return fittedTable(columns, rows, width).split('\n')
}

describe('a table', () => {
  test.each([40, 60, 80, 100, 133, 200])('is no wider than a terminal of %d columns', (width) => {
    for (const line of linesAt(width)) expect(Bun.stringWidth(line)).toBeLessThanOrEqual(width)
  })

  test('is as wide as it is where there is no terminal, and then holds everything', () => {
    const table = linesAt(Number.POSITIVE_INFINITY)
    expect(table).toHaveLength(ROWS.length + 1)
    for (const cell of ROWS.flat()) expect(table.join('\n')).toContain(cell)
  })

  test('has its columns one below the other, whatever characters stand in them', () => {
    const [, ...rows] = linesAt(Number.POSITIVE_INFINITY)
    const starts = rows.map((row) => Bun.stringWidth(row.slice(0, row.indexOf('wfk_'))))
    expect(new Set(starts).size).toBe(1)
  })

  test('loses its least important columns first, and says which', () => {
    const table = linesAt(60)
    expect(table[0]).toMatch(/^ID +NAME +STATUS$/)
    expect(table.at(-1)).toBe('(No room for KEY, CREATED; --json shows all.)')
  })

  test('shortens ids to a beginning that no other row has', () => {
    const ids = linesAt(60)
      .slice(1, 4)
      .map((line) => line.split(' ')[0] ?? '')
    expect(new Set(ids).size).toBe(3)
    for (const [at, id] of ids.entries()) expect(ROWS[at]?.[0]).toStartWith(id)
  })

  test('is a list of all fields where not even the most important columns fit', () => {
    const whole = COLUMNS.map(({ shrinks, ...column }) =>
      shrinks === 'id' ? column : { ...column, shrinks },
    )
    const list = linesAt(40, whole as Column[])
    expect(list.slice(0, 2)).toEqual([
      'ID       01a221f5-837b-7149-bc41-5f44d0ca91b5',
      'NAME     請求書の自動処理を行う本番環境…',
    ])
    expect(list).toContain('KEY      wfk_99ZZJOwoGCAOqFt1…')
    expect(list.filter((line) => line === '')).toHaveLength(2)
  })

  test('shows no control character and no change of the direction of writing', () => {
    const [, row = ''] = linesAt(80, COLUMNS, [['id', 'a\u001b[31mb\n\u202Ec', 'k', 't', 's']])
    expect(row).toBe('id  a\uFFFD[31mb\uFFFD\uFFFDc  k    t        s')
  })

  test('is tab-separated with --plain, one line for each row, without titles', () => {
    setOutputMode({ json: false, plain: true })
    afterTest(() => setOutputMode({ json: false, plain: false }))
    expect(renderTable(COLUMNS, [['id', 'a\tb', 'k', 't', 's']])).toBe('id\ta\uFFFDb\tk\tt\ts')
  })
})
