import { describe, expect, test } from 'bun:test'
import { atOnce, type SlicedWork } from '../../../src/lib/sliced-work.ts'
import type { TemplateContext } from '../../../src/workflows/templates/context.ts'
import * as templates from '../../../src/workflows/templates/render.ts'
import { TemplateError } from '../../../src/workflows/templates/template-error.ts'

const render = (template: unknown, context: TemplateContext) => atOnce(templates.render(template, context))

const CONTEXT = {
  input: {
    name: 'Zoë',
    amount: 250,
    text: '250',
    paid: true,
    none: null,
    items: [{ product: 'pen', price: 2 }, { product: 'ink' }],
    tags: ['a', 'b'],
    'content-type': 'text/html',
    template: '{{secrets.TOKEN}}',
    key: 'name',
    empty: [],
    length: 7,
    padded: `${'0'.repeat(1000)}7`,
  },
  steps: {
    fetch: { id: 'f1', output: 'inner', rows: [1, 2, 3] },
    'fetch-order-2': { total: 12.5 },
    failed: null,
  },
  secrets: { TOKEN: 'hidden' },
  now: '2026-11-21T09:00:00.000Z',
  runId: 'run-1',
  étage: 3,
}

function message(template: unknown): string {
  try {
    render(template, CONTEXT)
  } catch (error) {
    if (error instanceof TemplateError) return error.message
    throw error
  }
  return ''
}

test('a secret that is not there is an error that names it, while whatever else is missing is null', () => {
  const problem = 'needs the secret NONE, which is not there'
  expect(message('Bearer {{secrets.NONE}}')).toBe(`{{secrets.NONE}} ${problem}`)
  expect(message('{{input.paid ? secrets["NONE"].length : 1}}')).toContain(problem)
  expect(render('{{input.paid ? 1 : secrets.NONE}}', CONTEXT)).toBe(1)
  expect(render('{{secrets[input.name]}}', CONTEXT)).toBeNull()
})

describe('a lone expression keeps the type of its value', () => {
  test.each<[string, unknown]>([
    ['{{input.amount}}', 250],
    ['  {{ input.amount }}\n', 250],
    ['{{input.paid}}', true],
    ['{{input.items}}', CONTEXT.input.items],
    ['{{input}}', CONTEXT.input],
    ['{{now}}', CONTEXT.now],
    ['{{input.items.0.product}}', 'pen'],
    ['{{input.items[1].product}}', 'ink'],
    ['{{input["items"][0]["product"]}}', 'pen'],
    ['{{input[input.key]}}', 'Zoë'],
    ['{{input.items[input.items.length - 1].product}}', 'ink'],
    ['{{input.content-type}}', 'text/html'],
    ['{{input?.name}}', 'Zoë'],
    ['{{étage}}', 3],
  ])('%s', (template, value) => expect(render(template, CONTEXT)).toEqual(value))
})

describe('within text, a value is written out', () => {
  test.each([
    ['Hello {{input.name}}!', 'Hello Zoë!'],
    ['{{input.amount}}{{input.paid}}', '250true'],
    ['tags: {{input.tags}}', 'tags: ["a","b"]'],
    ['first: {{input.items.0}}', 'first: {"product":"pen","price":2}'],
    ['[{{input.none}}|{{input.missing}}]', '[|]'],
    ['{"amount":{{input.amount}}}', '{"amount":250}'],
    ['{{{input.amount}}}', '{250}'],
    ['{{ is open', '{{ is open'],
    ['{{ is open, {{input.amount}}', '{{ is open, 250'],
    ['closed }} only', 'closed }} only'],
    ['', ''],
  ])('%s', (template, text) => expect(render(template, CONTEXT)).toBe(text))
})

describe('what is missing is null, and no failure', () => {
  test.each([
    '{{input.missing}}',
    '{{input.missing.deeper[3].still}}',
    '{{nothing}}',
    '{{steps.never.output.id}}',
    '{{steps.failed.output.id}}',
    '{{input.items[9]}}',
    '{{input.items[-1]}}',
    '{{input.name.first}}',
    '{{undefined}}',
  ])('%s', (template) => expect(render(template, CONTEXT)).toBeNull())
})

describe('nothing is reached over the prototype chain', () => {
  test.each([
    '{{constructor}}',
    '{{__proto__}}',
    '{{input.constructor.constructor}}',
    '{{input.__proto__}}',
    '{{input["__proto__"]}}',
    '{{input["con" + "structor"]}}',
    '{{input.items.map}}',
    '{{input.name.toString}}',
    '{{input.tags[["constructor"]]}}',
    '{{input.hasOwnProperty}}',
  ])('%s', (template) => expect(render(template, CONTEXT)).toBeNull())
})

describe('.output directly after a step’s id is all of the output', () => {
  test.each<[string, unknown]>([
    ['{{steps.fetch.output.id}}', 'f1'],
    ['{{steps.fetch.id}}', 'f1'],
    ['{{steps.fetch.output}}', CONTEXT.steps.fetch],
    ['{{steps.fetch.output.output}}', 'inner'],
    ['{{steps["fetch"]["output"].rows.1}}', 2],
    ['{{steps[input.missing || "fetch"].output.id}}', 'f1'],
    ['{{steps.fetch-order-2.output.total}}', 12.5],
    ['{{steps.fetch-order-2.total + 1}}', 13.5],
  ])('%s', (template, value) => expect(render(template, CONTEXT)).toEqual(value))
})

describe('an expression is worked out:', () => {
  test.each<[string, unknown]>([
    ['input.amount / 100', 2.5],
    ['1 + 2 * 3 - 4 % 3', 6],
    ['(1 + 2) * 3', 9],
    ['-input.amount', -250],
    ['input.amount -1', 249],
    ['input.text * 2', 500],
    ['input.text + 1', '2501'],
    ['"#" + input.missing + input.tags', '#["a","b"]'],
    ['input.missing / 100', null],
    ['input.amount / 0', null],
    ['input.tags + 1', null],
    ['input.missing || "x"', 'x'],
    ['input.missing ?? input.name', 'Zoë'],
    ['input.paid && input.name', 'Zoë'],
    ['!input.paid', false],
    ['input.name === "Zoë"', true],
    ["input.name !== 'Zoë'", false],
    ['input.text == 250', true],
    ['input.text === 250', false],
    ['input.missing == undefined', true],
    ['input.missing === null', true],
    ['input.tags == "a,b"', false],
    ['input.amount > "99"', true],
    ['input.missing < 5', false],
    ['now > "2026-01-01"', true],
    ['input.amount >= 250 && input.amount <= 250', true],
    ['input.paid ? "yes" : "no"', 'yes'],
    ['input.missing ? 1 : input.paid ? 2 : 3', 2],
    ['[1, input.amount, "x"]', [1, 250, 'x']],
    ['"a \\"b\\" \\n"', 'a "b" \n'],
    ['"items.0.x" + 1.5', 'items.0.x1.5'],
    ['input.items.0.price + .5', 2.5],
    ['input.name.length', 3],
    ['input.length', 7],
    // What is longer than 1000 characters is no number.
    ['input.padded * 1', null],
    ['input.padded == 7', false],
    ['input.padded < 8', false],
  ])('{{%s}}', (expression, value) => expect(render(`{{${expression}}}`, CONTEXT)).toEqual(value))
})

describe('a filter is applied:', () => {
  test.each<[string, unknown]>([
    ['input.items | length', 2],
    ['input.name | length', 3],
    ['input.missing | length', 0],
    ['input.tags | json', '["a","b"]'],
    ['input.name | upper', 'ZOË'],
    ['input.name | lower', 'zoë'],
    ['"  x " | trim', 'x'],
    ['input.tags | first', 'a'],
    ['input.tags | last | upper', 'B'],
    ['input.empty | first', null],
    ['input.items.0 | keys', ['product', 'price']],
    ['input.tags | join', 'a,b'],
    ['input.tags | join(" & ")', 'a & b'],
    ['input.missing | default("x")', 'x'],
    ['input.missing || input.name | upper', 'ZOË'],
    ['(input.items | length) > 1', true],
    ['input.items | length ? "some" : "none"', 'some'],
    ['input.missing | upper', null],
  ])('{{%s}}', (expression, value) => expect(render(`{{${expression}}}`, CONTEXT)).toEqual(value))
})

describe('a template that cannot be read or worked out fails in words, with the expression', () => {
  test.each([
    ['{{}}', '{{}} has nothing between its braces'],
    ['{{input.a +}}', '{{input.a +}} ends too early'],
    ['{{(input.a}}', '{{(input.a}} ends too early'],
    ['{{input.a = 3}}', '{{input.a = 3}} is not understood from "= 3" on'],
    ['{{input.a & 3}}', '{{input.a & 3}} is not understood from "& 3" on'],
    ['{{a b}}', '{{a b}} is more than one expression'],
    ['{{a, b}}', '{{a, b}} is more than one expression'],
    ['{{(a, b)}}', '{{(a, b)}} is more than one expression'],
    ['{{this.x}}', '{{this.x}} has no "this"'],
    ['{{input.items.map(1)}}', '{{input.items.map(1)}} calls a function, which a template cannot'],
    ['{{"a".constructor("return 1")()}}', 'calls a function'],
    ['{{input | 3}}', 'something after | that is not a filter'],
    ['{{input | size}}', 'unknown filter "size": there are length, json, upper'],
    ['{{input | constructor}}', 'unknown filter "constructor"'],
    ['{{input | upper(1)}}', 'gives the filter upper 1 arguments: it takes 0'],
    ['{{input | join(input.a)}}', 'gives the filter join something else than a text or a number'],
    ['{{input.tags | upper}}', 'gives the filter upper what it does not take: a list'],
    ['{{input.amount | length}}', 'what it does not take: a number'],
  ])('%s', (template, problem) => expect(message({ deep: [template] })).toContain(problem))

  test('cut to 80 characters', () => {
    expect(message(`{{${'a'.repeat(200)} +}}`)).toBe(`{{${'a'.repeat(80)}…}} ends too early`)
  })

  test('never in the words or the traces of the parser', () => {
    for (const template of ['{{"open}}', '{{1a}}', '{{a ? b}}', '{{[1}}', '{{#if x}}']) {
      expect(message(template)).toMatch(/^\{\{.*\}\} (ends too early|is not understood from ".*" on)$/)
    }
  })
})

describe('templates in objects and lists', () => {
  test('are filled in however deep, and keys stay as they are written', () => {
    const template = { '{{now}}': [{ a: '{{input.amount}}', b: 1, c: null }, '{{runId}}!'], d: true }
    expect(render(template, CONTEXT)).toEqual({
      '{{now}}': [{ a: 250, b: 1, c: null }, 'run-1!'],
      d: true,
    })
  })

  test('leave a key __proto__ a key', () => {
    const rendered = render(JSON.parse('{"__proto__":{"admin":true}}'), CONTEXT)
    expect(JSON.stringify(rendered)).toBe('{"__proto__":{"admin":true}}')
    expect(Object.getPrototypeOf(rendered)).toBe(Object.prototype)
  })

  test('are filled in once: what comes out of one is not another', () => {
    const rendered = JSON.stringify(
      render(['{{input.template}}', '<{{input.template}}>', '{{"{" + "{now}" + "}"}}'], CONTEXT),
    )
    expect(rendered).toBe('["{{secrets.TOKEN}}","<{{secrets.TOKEN}}>","{{now}}"]')
  })
})

describe('what would take the process down is refused alone:', () => {
  const nested = (depth: number) => {
    let value: unknown = '{{now}}'
    for (let i = 0; i < depth; i++) value = [value]
    return value
  }

  test('64 levels are filled in, and 65 are refused', () => {
    expect(JSON.stringify(render(nested(64), CONTEXT))).toContain(CONTEXT.now)
    expect(message(nested(65))).toBe('The template is nested deeper than 64 levels')
    expect(message(nested(20_000))).toBe('The template is nested deeper than 64 levels')
  })

  test.each([
    ['(', '('.repeat(9999)],
    ['[', '['.repeat(9999)],
    ['!', `${'!'.repeat(9998)}a`],
    ['- -', `${'- '.repeat(4998)}a`],
    ['a ?', 'a?'.repeat(4999)],
    ['a[', 'a['.repeat(4999)],
    ['1 +', `${'1+'.repeat(4999)}1`],
    ['| json', `a${'|json'.repeat(1999)}`],
    ['"', '\\"'.repeat(4999)],
  ])('an expression of endless %s is refused', (_, expression) => {
    expect(message(`{{${expression}}}`)).toMatch(
      /^\{\{.{80}…\}\} (is nested too deeply|ends too early|is not)/,
    )
  })

  test('an expression of a megabyte is refused before it is read', () => {
    expect(message(`{{${'1+'.repeat(500_000)}1}}`)).toContain('is longer than 10000 characters')
  })

  test('a megabyte of braces that never close is text', () => {
    const text = '{{'.repeat(500_000)
    expect(render(text, CONTEXT)).toBe(text)
    expect(render('}}'.repeat(500_000), CONTEXT)).toHaveLength(1_000_000)
  })

  test.each([
    ['by + in one expression', `{{${Array(20).fill('input.big').join('+')}}}`],
    ['in a text', '{{input.big}}'.repeat(20)],
    ['over a list', Array(20).fill('x{{input.big}}')],
    ['by handing a value on', Array(20).fill('{{input.big}}')],
    ['as JSON', `{{[${Array(20).fill('input.rows | json').join(',')}]}}`],
    ['by join', `{{input.many | join("${'-'.repeat(5000)}")}}`],
  ])('more than 10 MiB of text, %s', (_, template) => {
    const big = 'x'.repeat(1024 * 1024)
    const context = { input: { big, rows: [big], many: Array(10_000).fill('') } }
    expect(() => render(template, context)).toThrow('makes more than 10 MiB of text')
    expect(render('{{input.big}}', context)).toBe(big)
  })

  test('a value deeper than the stack', () => {
    let deep: unknown = 1
    for (let i = 0; i < 200_000; i++) deep = [deep]
    const context = { input: { deep } }
    expect(() => render('is {{input.deep}}', context)).toThrow('nested too deeply')
    expect(() => render('{{input.deep | json}}', context)).toThrow(TemplateError)
  })
})

describe('others have their turn while much is made:', () => {
  const rows = Array.from({ length: 20_000 }, (_, n) => ({ id: n, name: `${'é"'.repeat(50)}${n}` }))
  const texts = rows.map(({ name }) => name)
  const long = texts.join('')
  const context = { input: { rows, texts, long } }

  test.each<[string, unknown, unknown, number]>([
    ['a large list in a text', 'of {{input.rows}}', `of ${JSON.stringify(rows)}`, 8],
    ['a large list as JSON', '{{input.rows | json}}', JSON.stringify(rows), 8],
    ['a long text as JSON', '{{input.long | json}}', JSON.stringify(long), 8],
    ['a list that is joined', '{{input.texts | join}}', texts.join(), 20],
    ['a long text joined by +', '{{input.long + "."}}', `${long}.`, 3],
    ['a long text within a text', '<{{input.long}}>', `<${long}>`, 3],
    ['many values handed on', '{{input.rows}}', rows, 2],
    ['many expressions', Array(9000).fill('{{input.rows | length}}.'), Array(9000).fill('20000.'), 10],
    ['many texts without any', texts, texts, 20],
    [
      'long texts that are compared',
      `{{${Array(100).fill('input.long < input.long').join(' || ')}}}`,
      false,
      20,
    ],
  ])('%s', (_, template, value, least) => {
    const { made, slices } = slicesOf(templates.render(template, context))
    expect(made).toEqual(value)
    expect(slices).toBeGreaterThanOrEqual(least)
  })

  test('while a step as people write them is filled in without one', () => {
    const template = {
      to: '{{input.name}}',
      text: 'Dear {{input.name}}, {{input.items}}',
      items: CONTEXT.input.items,
    }
    expect(slicesOf(templates.render(template, CONTEXT)).slices).toBe(1)
  })

  function slicesOf(work: SlicedWork<unknown>): { made: unknown; slices: number } {
    for (let slices = 1; ; slices += 1) {
      const { done, value } = work.next()
      if (done) return { made: value, slices }
    }
  }
})
