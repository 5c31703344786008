import { describe, expect, test } from 'bun:test'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { SandboxJob, SandboxResult } from '../../../src/workflows/sandbox/sandbox.ts'
import { SandboxError, type SandboxErrorCode } from '../../../src/workflows/sandbox/sandbox-error.ts'
import { emptyFolder } from '../../helpers/process.ts'
import { sharedSandbox, testSandbox } from '../../helpers/test-sandbox.ts'

const JOB = { owner: 'a', variables: { input: { a: 21 } }, timeoutMs: 50_000, outputBytesMax: 100_000 }

function run(code: string, changes: Partial<SandboxJob> = {}): Promise<SandboxResult> {
  return sharedSandbox.run({ ...JOB, code, ...changes })
}

async function failure(code: string, changes: Partial<SandboxJob> = {}): Promise<SandboxError> {
  const error = await run(code, changes).then(
    ({ result }) => new Error(`it gave ${JSON.stringify(result)}`),
    (reason) => reason,
  )
  if (error instanceof SandboxError) return error
  throw error
}

describe('the result is what is returned, or else the value of the last expression', () => {
  test.each<[string, unknown]>([
    ['return input.a * 2', 42],
    ['input.a * 2', 42],
    ['const x = 1; return x', 1],
    ['const x = 1; x', 1],
    ['const input = 3; input', 3],
    ['function double(n) { return n * 2 }\ndouble(input.a)', 42],
    ['if (input.a > 20) { return "many" } // else nothing', 'many'],
    ['return { rows: input.a, none: undefined, list: [1, null] }', { rows: 21, list: [1, null] }],
    ['undefined', null],
    ['() => 1', null],
    ['', null],
    ['Promise.resolve(4)', 4],
    ['return await Promise.resolve(3) + 1', 4],
    ['async function f() { return 5 }; return f()', 5],
    ['new Date(0).toISOString()', '1970-01-01T00:00:00.000Z'],
    ['throw_ = 1; throw_', 1],
  ])('%s', async (code, result) => expect((await run(code)).result).toEqual(result))
})

describe('types are stripped from TypeScript', () => {
  test.each<[string, unknown]>([
    ['return (input.a as number) * 2', 42],
    ['const x: number = input.a; x', 21],
    ['interface A { a: number }\nenum E { One = 1 }\nreturn (<A>input).a + E.One', 22],
    ['"text"', 'text'],
    ['({ a: 1 })', { a: 1 }],
  ])('%s', async (code, result) => {
    expect((await run(code, { language: 'typescript' })).result).toEqual(result)
  })

  test('and what is not TypeScript is refused in words', async () => {
    const { code, message } = await failure('let x: = 1', { language: 'typescript' })
    expect([code, message]).toEqual(['SCRIPT', 'SyntaxError: Unexpected ='])
  })

  test('and no macro of Bun’s runs in our process', async () => {
    const file = join(emptyFolder(), 'written')
    const code = `import { writeFileSync } from 'node:fs' with { type: 'macro' }; writeFileSync('${file}', 'x')`
    expect((await failure(code, { language: 'typescript' })).code).toBe('SCRIPT')
    expect(existsSync(file)).toBe(false)
  })
})

describe('a script sees nothing of the host:', () => {
  test.each([
    ...['fetch', 'process', 'require', 'setTimeout', 'Bun', 'WebAssembly', 'navigator', 'postMessage'],
    ...['Buffer', 'Worker', 'performance', 'std', 'os', 'write'],
  ])('%s', async (name) => expect((await run(`typeof ${name}`)).result).toBe('undefined'))

  test('no module', async () => {
    expect((await failure('return await import("node:fs")')).code).toBe('SCRIPT')
    expect((await failure('import fs from "node:fs"; return fs')).message).toStartWith('SyntaxError: ')
  })

  test('nothing behind the constructor of a function', async () => {
    const code = 'console.log.constructor("return typeof process + typeof Bun")()'
    expect((await run(code)).result).toBe('undefinedundefined')
  })

  test('nothing that an earlier script left behind', async () => {
    const sandbox = testSandbox()
    await sandbox.run({ ...JOB, code: 'globalThis.kept = 1; Array.prototype.kept = 1; Object.kept = 1' })
    const { result } = await sandbox.run({ ...JOB, code: '[typeof kept, [].kept, Object.kept]' })
    expect(result).toEqual(['undefined', null, null])
  })
})

test('a script gets the variables that it names', async () => {
  const variables = { input: 1, steps: { a: { b: 2 } }, 'not a name': 3, unused: 1n }
  expect((await run('[input, steps.a.b, typeof item]', { variables })).result).toEqual([1, 2, 'undefined'])
})

describe('the console of a script', () => {
  test('is collected, with its levels', async () => {
    const { logs } = await run(
      'console.log("a", 1, { b: [2] }, null, undefined); console.warn(new Error("c")); console.debug(); console.error("d"); console.info("e")',
    )
    expect(logs).toEqual([
      { level: 'info', message: 'a 1 {"b":[2]} null undefined' },
      { level: 'warn', message: 'Error: c' },
      { level: 'debug', message: '' },
      { level: 'error', message: 'd' },
      { level: 'info', message: 'e' },
    ])
  })

  test('is kept also where the script failed', async () => {
    const { logs } = await failure('console.log("before"); throw new Error("after")')
    expect(logs).toEqual([{ level: 'info', message: 'before' }])
  })

  test('ends after 1,000 lines, and says so', async () => {
    const { logs } = await run('for (let i = 0; i < 5000; i++) console.log(i)')
    expect([logs.length, logs[999]?.message, logs[1000]?.message]).toEqual([
      ...[1001, '999', 'Whatever else was written to the console is left out'],
    ])
  })

  test('ends after the line that reaches 64 KiB, and says so', async () => {
    const { logs } = await run('for (let i = 0; i < 9; i++) console.log("x".repeat(30000))')
    expect(logs.map(({ message }) => message.length)).toEqual([30_000, 30_000, 30_000, 52])
  })

  test('cuts one huge line, with room for a secret that begins in the part that is shown', async () => {
    const { logs } = await run('console.log("x".repeat(10_000_000))')
    expect(logs[0]?.message).toHaveLength(2 * 1024 * 1024)
  })
})

describe('a script’s own error is told', () => {
  test.each([
    ['throw new TypeError("no " + input.a)', 'TypeError: no 21'],
    ['return missing.x', "ReferenceError: 'missing' is not defined"],
    ['null.x', "TypeError: cannot read property 'x' of null"],
    ['throw "only text"', 'only text'],
    ['throw { code: 7 }', '{"code":7}'],
    ['throw null', 'null'],
    ['return Promise.reject(new RangeError("later"))', 'RangeError: later'],
    ['return new Promise(() => {})', 'Error: the promise that it waits for is never settled'],
    ['return (', 'SyntaxError: unexpected token in expression: '],
    ['const a = {}; a.a = a; a', 'TypeError: circular reference'],
    ['return 10n', 'TypeError: Do not know how to serialize a BigInt'],
    ['throw { get message() { throw 1 }, toJSON() { throw 2 } }', 'Error: it threw what cannot be shown'],
    ['JSON.parse("{")', 'SyntaxError: '],
  ])('%s', async (code, message) => {
    const error = await failure(code)
    expect([error.code, error.message]).toEqual(['SCRIPT', expect.stringContaining(message)])
    expect(error.message).not.toMatch(/\.ts|\/|node_modules|\n/)
  })

  test('with room for a secret that begins in the part that is shown', async () => {
    const { message } = await failure('throw new Error("x".repeat(10_000_000))')
    expect(message).toHaveLength(2 * 1024 * 1024)
  })
})

describe('a script that would take the process down fails alone:', () => {
  const short = { timeoutMs: 100 }
  test.each<[string, string, SandboxErrorCode]>([
    ['an endless loop', 'for (;;);', 'TIMEOUT'],
    ['a loop that catches everything', 'for (;;) try { for (;;); } catch {}', 'TIMEOUT'],
    ['an endless chain of promises', '(async () => { for (;;) await 0 })()', 'TIMEOUT'],
    ['a regular expression that backtracks', '/^(a+)+$/.test("a".repeat(40) + "b")', 'TIMEOUT'],
    ['a result that never gets written', '({ toJSON() { for (;;); } })', 'TIMEOUT'],
    ['an error that never gets told', 'throw { toJSON() { for (;;); } }', 'TIMEOUT'],
    ['an endless console', 'for (;;) console.log("x".repeat(1000))', 'TIMEOUT'],
  ])('%s', async (_, code, expected) => expect((await failure(code, short)).code).toBe(expected))

  test.each<[string, string, SandboxErrorCode]>([
    ['arrays', 'let a = []; for (;;) a.push(new Array(1000).fill(1))', 'OUT_OF_MEMORY'],
    ['buffers', 'let a = []; for (;;) a.push(new Uint8Array(500000).fill(1))', 'OUT_OF_MEMORY'],
    ['one text', '"x".repeat(1e9)', 'OUT_OF_MEMORY'],
    ['a text that doubles', 'let s = "x"; for (;;) s += s', 'SCRIPT'],
    ['recursion', 'function f() { return f() + 1 } f()', 'SCRIPT'],
    ['a nested result', 'let a = []; for (let i = 0; i < 100000; i++) a = [a]; a', 'SCRIPT'],
    ['nested code', '('.repeat(100_000), 'SCRIPT'],
    ['a large result', '"x".repeat(200000)', 'TOO_LARGE'],
    ['a large result of large characters', '"€".repeat(50000)', 'TOO_LARGE'],
    ['large code', `${' '.repeat(17 * 1024 * 1024)}1`, 'TOO_LARGE'],
  ])('%s', async (_, code, expected) => expect((await failure(code)).code).toBe(expected))

  test('deeply nested TypeScript', async () => {
    expect((await failure('('.repeat(100_000), { language: 'typescript' })).code).toBe('SCRIPT')
  })

  test('variables that are too large as text, or too large as values', async () => {
    const text = { input: 'x'.repeat(17 * 1024 * 1024) }
    expect((await failure('input', { variables: text })).code).toBe('TOO_LARGE')
    const values = { input: Array(5_000_000).fill({}) }
    expect((await failure('input', { variables: values })).code).toBe('OUT_OF_MEMORY')
  })

  test('of what it reads, where that is far too large, ends it before that is written', async () => {
    const half = 'x'.repeat(17 * 1024 * 1024)
    const toJSON = () => {
      throw new Error('it was written')
    }
    const { code } = await failure('input', { variables: { input: { half, otherHalf: half, toJSON } } })
    expect(code).toBe('TOO_LARGE')
  })

  test('the scripts after it run as before', async () => {
    const sandbox = testSandbox()
    const bombs = ['for (;;);', 'let a = []; for (;;) a.push(new Array(1000).fill(1))', '('.repeat(100_000)]
    for (const code of bombs) {
      const bomb = await sandbox.run({ ...JOB, code, timeoutMs: 500 }).catch((error: unknown) => error)
      expect(bomb).toBeInstanceOf(SandboxError)
      expect((await sandbox.run({ ...JOB, code: 'input.a' })).result).toBe(21)
    }
  })
})

test('a script without an end says that its time was over, however short that was', async () => {
  for (let timeoutMs = 1; timeoutMs <= 5; timeoutMs++) {
    expect((await failure('for (;;);', { timeoutMs })).message).toBe(
      `The script took longer than ${timeoutMs} ms`,
    )
  }
})

/** Code that gives this after so many ms. */
const waiting = (value: string, ms: number) =>
  `const end = Date.now() + ${ms}; while (Date.now() < end); return ${value}`

describe('scripts take turns:', () => {
  test('many jobs at once all get their own result', async () => {
    const sandbox = testSandbox()
    const jobs = Array.from({ length: 50 }, (_, i) =>
      sandbox.run({ ...JOB, code: 'input', variables: { input: i } }),
    )
    expect((await Promise.all(jobs)).map(({ result }) => result)).toEqual(
      Array.from({ length: 50 }, (_, i) => i),
    )
  })

  test.each([
    ['twenty owners hold up no short ones', 20, 'input.a'],
    ['four owners hold up none that takes its time', 4, waiting('input.a', 300)],
  ])('endless scripts of %s of others', async (_, count, code) => {
    const sandbox = testSandbox()
    const stop = new AbortController()
    const endless = { ...JOB, code: 'for (;;);', timeoutMs: 600_000, signal: stop.signal }
    const greedy = Array.from({ length: count * 5 }, (_, i) => `greedy ${i % count}`)
    const jobs = Promise.allSettled(greedy.map((owner) => sandbox.run({ ...endless, owner })))
    for (const owner of ['c', 'd']) {
      expect((await sandbox.run({ ...JOB, owner, code })).result).toBe(21)
    }
    stop.abort(new Error('enough'))
    for (const job of await jobs) expect(job.status).toBe('rejected')
  })

  test('one that was stopped for others gives what it gives when it is run again, and says nothing twice', async () => {
    const sandbox = testSandbox()
    const stop = new AbortController()
    const endless = { ...JOB, code: 'for (;;);', timeoutMs: 10_000, signal: stop.signal }
    const jobs = Promise.allSettled(['a', 'a', 'b', 'b'].map((owner) => sandbox.run({ ...endless, owner })))
    const long = `console.log('begun'); ${waiting("'done'", 400)}`
    const runs = ['c', 'd'].map((owner) => sandbox.run({ ...JOB, owner, code: long }))
    for (const { result, logs } of await Promise.all(runs)) {
      expect([result, logs]).toEqual(['done', [{ level: 'info', message: 'begun' }]])
    }
    stop.abort(new Error('enough'))
    await jobs
  })

  test('an aborted job ends, running or waiting, and the next one runs', async () => {
    const sandbox = testSandbox()
    const stop = new AbortController()
    const endless = { ...JOB, code: 'for (;;);', timeoutMs: 60_000, signal: stop.signal }
    const jobs = Promise.allSettled([sandbox.run(endless), sandbox.run(endless), sandbox.run(endless)])
    const next = sandbox.run({ ...JOB, code: 'input.a' })
    stop.abort(new Error('enough'))
    expect((await jobs).map((job) => job.status === 'rejected' && job.reason.message)).toEqual([
      ...['enough', 'enough', 'enough'],
    ])
    expect((await next).result).toBe(21)
  })

  test('a closed sandbox fails what is running and what comes', async () => {
    const sandbox = testSandbox()
    const running = sandbox.run({ ...JOB, code: 'for (;;);', timeoutMs: 60_000 })
    sandbox.close()
    await expect(running).rejects.toThrow('The sandbox is closed')
    await expect(sandbox.run({ ...JOB, code: '1' })).rejects.toThrow('The sandbox is closed')
  })

  test('idle threads keep no process alive', async () => {
    const module = join(import.meta.dir, '../../../src/workflows/sandbox/sandbox.ts')
    const program = `
      const { createSandbox } = await import(${JSON.stringify(module)})
      const job = { owner: 'a', code: '6 * 7', variables: {}, timeoutMs: 10_000, outputBytesMax: 100 }
      console.log((await createSandbox().run(job)).result)`
    const child = Bun.spawn([process.execPath, '-e', program], { stdout: 'pipe', stderr: 'inherit' })
    expect([await child.exited, await new Response(child.stdout).text()]).toEqual([0, '42\n'])
  })
})
