import { describe, expect, test } from 'bun:test'
import { refuseInvalid } from '../../../src/errors.ts'
import { createChecker } from '../../../src/http/validator.ts'
import type { Json } from '../../../src/lib/json-object.ts'
import type { Step } from '../../../src/workflows/plan/step.ts'
import { stepProblems } from '../../../src/workflows/steps/step-problems.ts'
import { stepSchema } from '../../../src/workflows/steps/step-schema.ts'
import { step } from '../../helpers/definition.ts'
import { scenarios } from '../../helpers/scenario.ts'
import { testApp } from '../../helpers/test-app.ts'

const DAY_MS = 86_400_000
const checkStep = createChecker(stepSchema)

const problems = (steps: Step[]) =>
  [...steps.flatMap((one, i) => checkStep(one, `/steps/${i}`)), ...stepProblems(steps)].map(
    ({ field, message }) => `${field} ${message}`,
  )

const request = (config: Json) => step('s', 'api', { url: 'https://example.com', ...config })
const wait = (config: Json) => step('s', 'wait', config)
const loop = (config: Json) => step('s', 'loop', config)
const parallel = (config: Json) => step('s', 'parallel', config)
const approval = (config: Json) => step('s', 'approval', config)
const transform = (config: Json) => step('s', 'transform', config)
const code = (config: Json) => step('s', 'code', config)
const each = (config: Json) => loop({ collection: '{{input.rows}}', ...config })

describe('the vendor’s own forms are taken', () => {
  test.each<[string, Step]>([
    [
      'a request of the catalog',
      request({
        method: 'POST',
        headers: [{ Key: 'A', Value: '1' }],
        params: [],
        body: { a: 1 },
        responseFormat: 'csv',
        timeout: 30_000,
        retries: 3,
        retryNonIdempotent: false,
        maxResponseBytes: 1024,
        failOnError: true,
      }),
    ],
    [
      'a request with objects, in small letters',
      request({ method: 'get', headers: { A: '1', B: 2, C: null }, params: { page: 1 } }),
    ],
    [
      'a request of templates',
      request({
        url: '{{input.url}}',
        method: '{{input.method}}',
        headers: '{{input.headers}}',
        timeout: '{{input.ms}}',
        failOnError: '{{input.strict}}',
      }),
    ],
    [
      'a request stored as an action',
      { ...step('s', 'action', { url: 'https://example.com' }), action: 'api.request' },
    ],
    ['a wait in ms', wait({ duration: 5000 })],
    ['a wait in text', wait({ duration: '1.5', unit: 'hours' })],
    ['a wait of a template', wait({ duration: '{{input.days}}', unit: 'days' })],
    ['a wait of a year', wait({ duration: 365, unit: 'days' })],
    [
      'an approval of the older pages',
      approval({
        approvers: ['a@example.com'],
        reason: 'r',
        timeoutMs: DAY_MS,
        notifyChannels: { slack: '#a' },
      }),
    ],
    ['an approval of the newer pages', approval({ title: 't', description: 'd', timeoutHours: 0.5 })],
    [
      'an approval of the catalog',
      approval({
        approvers: 'a@example.com, b@example.com',
        timeout: '7d',
        timeoutAction: 'fail',
        escalateTo: 'c',
        requireAll: true,
      }),
    ],
    [
      'an approval stored as an action',
      { ...step('s', 'action', { timeout: '30m' }), action: 'approval.request' },
    ],
    [
      'a transform of the older pages',
      transform({
        action: 'map',
        sourceData: '{{input}}',
        mappingRules: [{ id: 'r', source: '$.a', target: 'b', transform: 'capitalize', default: 1 }],
      }),
    ],
    ['a transform of the newer pages', transform({ total: '{{input.a / 100}}' })],
    ['a transform of the catalog', transform({ code: 'return input', input: '{}' })],
    ['a transform of the templates', transform({ script: 'return input.a', input: { a: 1 } })],
    [
      'a transform whose rules are filled in when it runs',
      transform({
        action: '{{input.action}}',
        sourceData: '{{input}}',
        mappingRules: [{ source: '{{input.path}}', target: 'b', transform: '{{input.how}}' }],
      }),
    ],
    ['a mapping', transform({ mapping: { a: '{{input.b}}' } })],
    ['a loop of the templates', each({ itemVariable: 'invoice', steps: [] })],
    ['a loop that counts', loop({ loopType: 'for', iterations: 3 })],
    [
      'a loop with a condition',
      loop({ loopType: 'while', whileCondition: '{{index}} < 3', maxIterations: 10 }),
    ],
    [
      'a parallel of the catalog',
      parallel({
        strategy: 'fail-fast',
        concurrency: 5,
        timeoutMs: 1000,
        forEachSource: '{{input.rows}}',
        forEachAs: 'row',
      }),
    ],
    ['a parallel of the newer pages', parallel({ waitForAll: true })],
    [
      'code',
      code({
        code: 'return 1',
        language: 'typescript',
        timeout: 1000,
        sandbox: { timeoutMs: 30_000, maxOutputSize: 10_485_760 },
      }),
    ],
    [
      'an action',
      {
        ...step('s'),
        action: 'slack.sendMessage',
        retryConfig: { maxAttempts: 3, initialDelayMs: 1000, maxDelayMs: 30_000, backoffMultiplier: 2 },
        errorHandling: { strategy: 'continue', fallback: null },
        timeoutMs: 1000,
      },
    ],
    ['a step of a provider’s type', step('s', 'slack', { action: 'send_message', channel: '#a' })],
    [
      'a loop with comparisons of the catalog',
      loop({
        whileCondition: [{ field: 'index', operator: 'lt', value: '3' }],
        breakCondition: [{ field: 'item.status', operator: 'equals', value: 'done' }],
      }),
    ],
    ['a loop whose form left conditions empty', each({ whileCondition: [], breakCondition: '' })],
    [
      'numbers and booleans as the text inputs of the catalog give them',
      request({ timeout: '30000', retries: '2', failOnError: 'false', retryNonIdempotent: 'true' }),
    ],
    ['text inputs that were left empty', request({ timeout: '', retries: null, failOnError: '' })],
    [
      'a parallel of text inputs',
      parallel({ concurrency: '5', timeoutMs: '1000', waitForAll: 'true', forEachSource: [] }),
    ],
    ['code of text inputs', code({ code: '1', timeout: '1000', sandbox: { timeoutMs: '30000' } })],
    ['an approval of text inputs', approval({ timeoutHours: '1.5', requireAll: 'false', timeout: '90000' })],
    ['words of the catalog in capitals, as a template may give them', request({ responseFormat: 'JSON' })],
    [
      'inputs for words that were left empty',
      request({ method: '', responseFormat: null, csvDelimiter: '' }),
    ],
    ['a wait whose unit was left empty', wait({ duration: 5, unit: '' })],
    ['an approval in words', approval({ timeout: '2 days' })],
    ['code that may take a minute, which is cut to the longest', code({ code: '1', timeout: 60_000 })],
    ['words that nobody knows', wait({ duration: 1, note: { a: [] } })],
  ])('%s', (_, one) => {
    expect(problems([one])).toEqual([])
  })
})

describe('a step is refused, with the field named, for', () => {
  test.each<[string, Step, string]>([
    ['no url', step('s', 'api'), 'config.url is required'],
    ['an empty url', request({ url: '' }), 'config.url must be a string of 1 to 10000 characters'],
    ['an unknown method', request({ method: 'TRACE' }), 'config.method must be a method: GET, POST'],
    ['headers that are text', request({ headers: 'A: 1' }), 'config.headers must be an object of texts'],
    [
      'a header that is an object',
      request({ headers: { A: {} } }),
      'config.headers must be an object of texts',
    ],
    [
      'a row without a value',
      request({ params: [{ Key: 'a' }] }),
      'config.params must be an object of texts',
    ],
    [
      'the answer format pdf',
      request({ responseFormat: 'pdf' }),
      'config.responseFormat must be one of auto, json, csv, text (pdf and binary are not served by Keyward)',
    ],
    [
      'a timeout of none',
      request({ timeout: 0 }),
      'config.timeout must be a whole number from 1 to 300000, or a template',
    ],
    [
      'too long a timeout',
      request({ timeout: 300_001 }),
      'config.timeout must be a whole number from 1 to 300000',
    ],
    [
      'a pause between retries that no request makes',
      request({ retryDelayMs: 300_001 }),
      'config.retryDelayMs must be a whole number from 0 to 300000',
    ],
    ['a delimiter of two', request({ csvDelimiter: ';;' }), 'config.csvDelimiter must be one character'],
    ['a timeout of no hours', approval({ timeoutHours: 0 }), 'config.timeoutHours must be a number above 0'],
    ['code of no time', code({ code: 'x', timeout: 0 }), 'config.timeout must be a whole number of at least'],
    ['11 retries', request({ retries: 11 }), 'config.retries must be a whole number from 0 to 10'],
    [
      'half a byte',
      request({ maxResponseBytes: 0.5 }),
      'config.maxResponseBytes must be a whole number from 1 to 52428800',
    ],
    [
      'a boolean that is text, but neither true nor false',
      request({ failOnError: 'maybe' }),
      'config.failOnError must be true or false, or a template',
    ],
    ['a wait without an end', wait({}), 'config.duration is required'],
    ['a wait into the past', wait({ duration: -1 }), 'config.duration must be a number that is not negative'],
    ['a wait for words', wait({ duration: 'soon' }), 'config.duration must be a number that is not negative'],
    [
      'a wait of a year and a bit',
      wait({ duration: 365.1, unit: 'days' }),
      'config.duration must be at most 365 days',
    ],
    [
      'a wait of a year in ms',
      wait({ duration: String(366 * DAY_MS) }),
      'config.duration must be at most 365 days',
    ],
    [
      'a wait of weeks',
      wait({ duration: 1, unit: 'weeks' }),
      'config.unit must be one of milliseconds, seconds',
    ],
    [
      'nobody to approve',
      approval({ approvers: [] }),
      'config.approvers must be a string, or a list of 1 to 100',
    ],
    [
      'a timeout of words',
      approval({ timeout: 'tomorrow' }),
      'config.timeout must be a time such as 30m, 24h or 7d',
    ],
    [
      'a timeout of two years',
      approval({ timeout: '730d' }),
      'config.timeout must be a time such as 30m, 24h or 7d, of at most 365 days',
    ],
    [
      'a timeout of a month',
      approval({ timeout: '1M' }),
      'config.timeout must be a time such as 30m, 24h or 7d, of at most 365 days, or a template (units are small letters: 1m is a minute, and a month is 30d)',
    ],
    ['a timeout of none', approval({ timeout: '0s' }), 'config.timeout must be a time'],
    [
      'another end',
      approval({ timeoutAction: 'shrug' }),
      'config.timeoutAction must be one of fail, reject, approve',
    ],
    ['a transform of nothing', transform({}), 'config must have one of code, script, sourceData, mapping'],
    ['a transform in two ways', transform({ code: 'x', mapping: {} }), 'config must have only one of'],
    ['rules without a source', transform({ mappingRules: [] }), 'config.sourceData is required'],
    [
      'a rule without a target',
      transform({ sourceData: {}, mappingRules: [{ source: 'a' }] }),
      'config.mappingRules[0].target is required',
    ],
    [
      'a transform of a kind that is not documented',
      transform({ action: 'normalize', sourceData: {}, normalizations: [{ field: 'a' }] }),
      'config.action must be transform or map',
    ],
    [
      'normalizations beside rules',
      transform({ sourceData: {}, mappingRules: [], normalizations: [1] }),
      'config.normalizations is not supported',
    ],
    ['sourceData without rules', transform({ sourceData: '{{input}}' }), 'config.mappingRules is required'],
    [
      'a rule in natural language',
      transform({
        sourceData: {},
        mappingRules: [{ source: 'a', target: 'b', customTransform: 'make it nice' }],
      }),
      'config.mappingRules[0].customTransform is not supported',
    ],
    [
      'a rule of an unknown transform',
      transform({ sourceData: {}, mappingRules: [{ source: 'a', target: 'b', transform: 'magic' }] }),
      'config.mappingRules[0].transform must be one of direct',
    ],
    [
      'a rule whose path fans out',
      transform({ sourceData: {}, mappingRules: [{ source: '$.items[*].a', target: 'b' }] }),
      'config.mappingRules[0].source must be a path',
    ],
    [
      'a transform of words that make nothing',
      transform({ action: 'map', input: {} }),
      'config must have one of code, script, sourceData, mapping',
    ],
    [
      'a transform that is to enrich',
      transform({ action: 'enrich', a: '{{input.a}}' }),
      'config.action must be transform or map',
    ],
    ['a loop over nothing', loop({}), 'config.collection is required in a loop of the type forEach'],
    ['a loop over words', loop({ collection: 'rows' }), 'config.collection must be a list, or a template'],
    [
      'a loop of no number',
      loop({ loopType: 'for' }),
      'config.iterations is required in a loop of the type for',
    ],
    [
      '1,001 times',
      loop({ loopType: 'for', iterations: 1001 }),
      'config.iterations must be a whole number from 1 to 1000',
    ],
    [
      'a loop for ever',
      loop({ loopType: 'while' }),
      'config.whileCondition is required in a loop of the type while',
    ],
    [
      'a comparison of a loop without an operator',
      each({ breakCondition: [{ field: 'index', value: 1 }] }),
      'config.breakCondition[0].operator is required',
    ],
    [
      'a condition of a loop that is a number',
      each({ breakCondition: 7 }),
      'config.breakCondition must be an expression, or a list of comparisons',
    ],
    [
      'a condition of a loop that cannot be read',
      loop({ whileCondition: '{{index}} <' }),
      'config.whileCondition cannot be read',
    ],
    [
      'a while loop of an empty condition',
      loop({ loopType: 'while', whileCondition: [] }),
      'config.whileCondition is required',
    ],
    [
      'a number too large, as text',
      request({ timeout: '300001' }),
      'config.timeout must be a whole number from 1 to 300000',
    ],
    [
      'half a retry, as text',
      request({ retries: '0.5' }),
      'config.retries must be a whole number from 0 to 10',
    ],
    ['a number in hexadecimal', request({ timeout: '0x10' }), 'config.timeout must be a whole number'],
    ['a list for a number', request({ timeout: ['5'] }), 'config.timeout must be a whole number'],
    ['a list for a duration', wait({ duration: ['5'] }), 'config.duration must be a number'],
    ['yes', request({ failOnError: 'yes' }), 'config.failOnError must be true or false'],
    ['another loop', loop({ loopType: 'until' }), 'config.loopType must be one of forEach, for, while'],
    ['an item named input', each({ itemVariable: 'input' }), 'config.itemVariable must be a name'],
    ['an item named a-b', each({ itemVariable: 'a-b' }), 'config.itemVariable must be a name'],
    [
      'an item named as its index',
      each({ itemVariable: 'x', indexVariable: 'x' }),
      'config.indexVariable must not be the name of the item',
    ],
    [
      'an item named index',
      each({ itemVariable: 'index' }),
      'config.indexVariable must not be the name of the item',
    ],
    ['a body that is text', each({ steps: 'a' }), 'config.steps must be an array'],
    ['51 at once', parallel({ concurrency: 51 }), 'config.concurrency must be a whole number from 1 to 50'],
    [
      'another strategy',
      parallel({ strategy: 'race' }),
      'config.strategy must be one of wait-all, fail-fast',
    ],
    [
      'a branch that is a number',
      parallel({ branches: [['a'], 7] }),
      'config.branches[1] must be the id of a step',
    ],
    ['a variable named steps', parallel({ forEachAs: 'steps' }), 'config.forEachAs must be a name'],
    [
      'a condition that names numbers',
      step('s', 'condition', { then: [1] }),
      'config.then must be the id of a step, or a list of them',
    ],
    ['no code', code({}), 'config.code is required'],
    [
      'code of another language',
      code({ code: 'x', language: 'python' }),
      'config.language must be one of javascript, typescript',
    ],
    [
      'code that takes a minute',
      code({ code: 'x', sandbox: { timeoutMs: 60_000 } }),
      'config.sandbox.timeoutMs must be a whole number from 1 to 30000',
    ],
    ['an action of nobody', { id: 's', type: 'action', config: {} }, 'action is required'],
    [
      'an action without a provider',
      { ...step('s'), action: 'send' },
      'action must be a provider and its action, such as slack.sendMessage',
    ],
    [
      'an action with spaces',
      { ...step('s'), action: 'slack.send message' },
      'action must be a provider and its action',
    ],
    [
      '11 attempts',
      { ...step('s'), retryConfig: { maxAttempts: 11 } },
      'retryConfig.maxAttempts must be a whole number from 1 to 10',
    ],
    [
      'a backoff that shrinks',
      { ...step('s'), retryConfig: { backoffMultiplier: 0.5 } },
      'retryConfig.backoffMultiplier must be a number from 1 to 10',
    ],
    [
      'a step of two hours',
      { ...step('s'), timeoutMs: 7_200_000 },
      'timeoutMs must be a whole number from 1 to 3600000',
    ],
  ])('%s', (_, one, expected) => {
    const found = problems([step('first'), one])
    expect(found).toHaveLength(1)
    expect(found[0]).toStartWith(`steps[1].${expected}`)
  })

  test('an unknown error strategy', () => {
    // What JSON brings, which the type does not allow.
    const json = JSON.parse(
      '{"id":"s","type":"wait","config":{"duration":1},"errorHandling":{"strategy":"hope"}}',
    )
    expect(problems([json])).toEqual(['steps[0].errorHandling.strategy must be one of fail, continue, retry'])
  })

  test('each of its wrong fields and each of its neighbours’, at once', () => {
    const found = stepProblems([request({ retries: 11, timeout: 0 }), wait({ duration: -1 })])
    expect(found.map(({ field }) => field)).toEqual([
      'steps[0].config.timeout',
      'steps[0].config.retries',
      'steps[1].config.duration',
    ])
    expect(() => refuseInvalid(found)).toThrow('(and 2 more)')
  })
})

describe('over HTTP,', () => {
  const prepare = async () => {
    const { url, workflowsKey } = testApp()
    return { base: `${url}/api/v1`, key: await workflowsKey() }
  }
  const WORKFLOW = { name: 'n', trigger: { type: 'api' }, steps: [] }
  const refused = (title: string, change: object, ...expected: string[]) => ({
    title,
    request: 'POST /workflows',
    json: { ...WORKFLOW, ...change },
    status: 400,
    expected: ['"VALIDATION_ERROR"', '"Invalid workflow configuration"', ...expected],
  })

  scenarios(prepare, [
    refused(
      'a wrong config, a template of nobody and a bad schema are told together',
      {
        steps: [step('s', 'api', { url: '{{steps.nope.url}}' }), step('w', 'wait')],
        inputSchema: { type: 'objekt' },
      },
      '"field":"steps[0].config.url","message":"refers to unknown step nope"',
      '"field":"steps[1].config.duration","message":"is required"',
      '"field":"inputSchema","message":"is not a JSON Schema: type must be one of',
    ),
    refused(
      'an outputSchema that leads elsewhere',
      { outputSchema: { $ref: 'https://example.com/x' } },
      '"field":"outputSchema","message":"is not a JSON Schema: it refers to https://example.com/x',
    ),
    refused(
      'settings of too long a run',
      { settings: { timeoutMs: DAY_MS + 1 } },
      '"field":"settings.timeoutMs","message":"must be a whole number from 1 to 86400000"',
    ),
    refused(
      'settings with a list of variables',
      { settings: { variables: [] } },
      '"field":"settings.variables"',
    ),
    refused(
      'variables that are a text',
      { variables: 'x' },
      '"field":"variables","message":"must be an object of names and values, or a list',
    ),
    refused(
      'a variable with a long name',
      { variables: { ['x'.repeat(256)]: 1 } },
      '"field":"variables","message":"must have names of at most 255 characters"',
    ),
    refused(
      'a setting’s variable with a long name',
      { settings: { variables: { ['x'.repeat(256)]: 1 } } },
      '"field":"settings.variables","message":"must have names of at most 255 characters"',
    ),
    refused('a variable without a name', { variables: [{ default: 1 }] }, '"field":"variables"'),
    {
      title: 'settings that nobody knows are kept',
      request: 'POST /workflows',
      status: 201,
      json: { ...WORKFLOW, settings: { timeoutMs: 1000, variables: { rate: 1 }, colour: 'red' } },
      expected: ['"settings":{"timeoutMs":1000,"variables":{"rate":1},"colour":"red"}'],
    },
  ])

  test('a definition of more expressions than can be read while others wait is refused as a whole', async () => {
    const { base, key } = await prepare()
    const steps = (count: number) =>
      Array.from({ length: count }, (_, i) =>
        step(`s${i}`, 'transform', { mapping: { a: `{{${'input.a + '.repeat(99)}1}}` } }),
      )
    const headers = { 'x-api-key': key, 'Content-Type': 'application/json' }
    const save = async (count: number) => {
      const body = JSON.stringify({ ...WORKFLOW, steps: steps(count) })
      const reply = await fetch(`${base}/workflows`, { method: 'POST', headers, body })
      return [reply.status, await reply.text()]
    }
    expect(await save(140)).toEqual([201, expect.any(String)])
    expect(await save(160)).toEqual([
      400,
      expect.stringContaining('{"field":"steps","message":"must not have more than 150000 characters'),
    ])
  })

  test('a definition of more short expressions than can be read while others wait is refused as a whole', async () => {
    const { base, key } = await prepare()
    const headers = { 'x-api-key': key, 'Content-Type': 'application/json' }
    const save = async (count: number) => {
      const items = Array.from({ length: count }, (_, i) => `{{input.${i}}}`)
      const body = JSON.stringify({ ...WORKFLOW, steps: [step('s', 'transform', { mapping: { items } })] })
      const reply = await fetch(`${base}/workflows`, { method: 'POST', headers, body })
      return [reply.status, await reply.text()]
    }
    expect(await save(5000)).toEqual([201, expect.any(String)])
    expect(await save(9000)).toEqual([
      400,
      expect.stringContaining('{"field":"steps","message":"must not have more than 150000 characters'),
    ])
  })

  test('a definition whose steps name others more often than can be looked at is refused as a whole', async () => {
    const { base, key } = await prepare()
    const ids = Array.from({ length: 60_000 }, (_, i) => `s${i}`)
    const body = JSON.stringify({ ...WORKFLOW, steps: [step('p', 'parallel', { branches: ids })] })
    const headers = { 'x-api-key': key, 'Content-Type': 'application/json' }
    const reply = await fetch(`${base}/workflows`, { method: 'POST', headers, body })
    const { error } = JSON.parse(await reply.text())
    const message = 'must not have more than 20000 ids of other steps, all together'
    expect([reply.status, error.details]).toEqual([400, [{ field: 'steps', message }]])
  })

  test('a definition of almost 1 MiB is answered, with 50 problems at most', async () => {
    const { base, key } = await prepare()
    const steps = Array.from({ length: 500 }, (_, i) =>
      step(`s${i}`, 'api', { url: `{{steps.x${i}.y}}${'x'.repeat(1600)}`, retries: 99 }),
    )
    const body = JSON.stringify({ ...WORKFLOW, steps })
    expect(body.length).toBeGreaterThan(700_000)
    const headers = { 'x-api-key': key, 'Content-Type': 'application/json' }
    const reply = await fetch(`${base}/workflows`, { method: 'POST', headers, body })
    const { error } = JSON.parse(await reply.text())
    expect([reply.status, error.details.length]).toEqual([400, 50])
  })
})
