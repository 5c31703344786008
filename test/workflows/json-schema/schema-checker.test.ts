import { expect, test } from 'bun:test'
import { createSchemaChecker } from '../../../src/workflows/json-schema/schema-checker.ts'
import { afterTest } from '../../helpers/after-test.ts'

function checker(withinMs?: number) {
  const schemas = createSchemaChecker(withinMs)
  afterTest(() => schemas.close())
  return schemas
}

/** The costliest for its size: 13 kB, which Ajv took a second for. */
const COSTLY = { oneOf: Array.from({ length: 900 }, (_, i) => ({ const: i })) }

/** The costliest that is known: some seconds, with no part of it that takes long. */
const COSTLIEST = {
  patternProperties: Object.fromEntries(
    Array.from({ length: 900 }, (_, i) => [`^p${i}`, { type: 'string', minLength: 2 + i }]),
  ),
}

test('what is not a JSON Schema is told under the name of its field, and a JSON Schema has no problem', async () => {
  const schemas = checker()
  const told = await Promise.all([
    schemas.schemaProblems('a', 'inputSchema', { properties: [] }),
    schemas.schemaProblems('a', 'outputSchema', { type: 'object' }),
  ])
  expect(told).toEqual([
    [{ field: 'inputSchema', message: expect.stringContaining('is not a JSON Schema: properties') }],
    [],
  ])
})

test('a value is checked time after time, also by a schema of another key', async () => {
  const schemas = checker()
  const check = (key: string, type: string, value: unknown) =>
    schemas.valueProblems('a', key, { properties: { n: { type } } }, 'input', value)
  expect(await check('w/1', 'number', { n: 1 })).toEqual([])
  expect(await check('w/1', 'number', { n: 'x' })).toEqual([{ field: 'input.n', message: 'must be number' }])
  expect(await check('w/2', 'string', { n: 'x' })).toEqual([])
  expect(await check('w/1', 'number', { n: 2 })).toEqual([])
})

test('the event loop goes on turning while a costly schema is compiled and a value checked by it', async () => {
  const schemas = checker()
  await schemas.schemaProblems('a', 'inputSchema', {})
  const works = [
    () => schemas.schemaProblems('a', 'inputSchema', COSTLY),
    () => schemas.valueProblems('a', 'w/1', COSTLY, 'input', {}),
  ]
  for (const work of works) {
    let isOver = false
    const over = work().then(() => {
      isOver = true
    })
    let turns = 0
    while (!isOver) {
      await new Promise((resolve) => setImmediate(resolve))
      turns++
    }
    await over
    // On the event loop itself it would be over before the second turn.
    expect(turns).toBeGreaterThan(10)
  }
})

test('who asks for little is served while the costly schemas of a dozen other accounts still wait', async () => {
  const schemas = checker()
  const little = () => schemas.valueProblems('good', 'w/1', { type: 'object' }, 'input', {})
  await little()
  let done = 0
  const costly = Array.from({ length: 12 }, async (_, at) => {
    await schemas.schemaProblems(`greedy ${at}`, 'inputSchema', COSTLIEST)
    done++
  })
  expect(await little()).toEqual([])
  expect(done).toBeLessThan(6)
  schemas.close()
  await Promise.allSettled(costly)
})

test('a costly schema that had to wait for others in between is looked at to its end, and is told about as ever', async () => {
  const schemas = checker()
  const costly = ['a', 'b', 'c', 'd'].map((owner) =>
    schemas.valueProblems(owner, owner, COSTLIEST, 'input', { [`p${1}`]: 'x' }),
  )
  expect(await Promise.all(costly)).toEqual(
    Array(4).fill([{ field: 'input.p1', message: expect.any(String) }]),
  )
})

test('what takes too long is refused, and the next is served by a new thread', async () => {
  const schemas = checker(0)
  const properties = Object.fromEntries(
    Array.from({ length: 900 }, (_, i) => [`p${i}`, { pattern: `^a+${i}` }]),
  )
  expect(await schemas.schemaProblems('a', 'inputSchema', { properties })).toEqual([
    { field: 'inputSchema', message: 'takes too much work to compile' },
  ])
  const endless = { pattern: 'a{1000}b' }
  expect(await schemas.valueProblems('a', 'w/1', endless, 'input', 'a'.repeat(1_000_000))).toEqual([
    { field: 'input', message: 'takes too much work to check against its schema' },
  ])
})

test('what waits when the thread ends fails, and nothing is begun after that', async () => {
  const schemas = checker()
  const waiting = ['a', 'b'].map((owner) => schemas.schemaProblems(owner, 'inputSchema', COSTLY))
  schemas.close()
  const settled = await Promise.allSettled([...waiting, schemas.schemaProblems('a', 'inputSchema', {})])
  expect(settled.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
})
