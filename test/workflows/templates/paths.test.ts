import { describe, expect, test } from 'bun:test'
import { pathsIn, templateProblem } from '../../../src/workflows/templates/paths.ts'

describe('the paths that a template reads', () => {
  test.each<[unknown, string[]]>([
    ['{{steps.fetch.output.id}}', ['steps/fetch/output/id']],
    ['{{steps["fetch"].rows.0.id}} of {{input}}', ['steps/fetch/rows/0/id', 'input']],
    ['{{steps.fetch-order.total > input.max ? a : -b}}', ['steps/fetch-order/total', 'input/max', 'a', 'b']],
    ['{{input.items[input.i].x | json}}', ['input/items', 'input/i']],
    ['{{[a, "b.c", 1.5, null, true]}}', ['a']],
    [{ '{{key}}': ['{{a}}', { b: '{{b || c}}' }], n: 1 }, ['a', 'b', 'c']],
    ['{{broken +}} {{fine}}', ['fine']],
    ['no template', []],
    [null, []],
  ])('%j', (template, paths) => expect(pathsIn(template).map((path) => path.join('/'))).toEqual(paths))
})

describe('the first problem of a template', () => {
  test.each<[unknown, string | null]>([
    [{ a: ['{{input.a | length}}'] }, null],
    ['{{open', null],
    [{ a: '{{fine}}', b: ['{{b +}}', '{{c +}}'] }, '{{b +}} ends too early'],
    ['{{a | nope}}', '{{a | nope}} uses an unknown filter "nope"'],
  ])('%j', (template, problem) => {
    if (problem === null) expect(templateProblem(template)).toBeNull()
    else expect(templateProblem(template)).toStartWith(problem)
  })

  test('is that it is too deep, for one that is deeper than the stack', () => {
    let deep: unknown = '{{a}}'
    for (let i = 0; i < 100_000; i++) deep = [deep]
    expect(templateProblem(deep)).toBe('The template is nested deeper than 64 levels')
    expect(pathsIn(deep)).toEqual([])
  })
})
