import { describe, expect, test } from 'bun:test'
import { createProviderAction } from '../../../src/workflows/steps/provider-action.ts'
import type { ProviderCall, ProviderMock } from '../../../src/workflows/steps/provider-mocks.ts'
import { StepError } from '../../../src/workflows/steps/step-work.ts'
import { stepWork } from '../../helpers/step-work.ts'

const SEND = { type: 'action', action: 'slack.sendMessage' }

/** Steps of an account that has one mock, of slack.sendMessage; pauses take no time and are kept in `waits`. */
function setUp(mock: Partial<ProviderMock> = {}) {
  const calls: ProviderCall[] = []
  const waits: number[] = []
  const performer = createProviderAction({
    find: (accountId, provider, action) =>
      `${accountId} ${provider}.${action}` === 'account-1 slack.sendMessage'
        ? { output: {}, status: 200, delayMs: 0, ...mock }
        : undefined,
    record: (call) => void calls.push(call),
  })
  const pause = async (ms: number) => void waits.push(ms)
  return { performer, calls, waits, pause }
}

async function failure(work: Promise<unknown>) {
  const error = await work.then(
    () => expect.unreachable('it did not fail'),
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof StepError)) throw error
  return `${error.code}: ${error.message}`
}

test('a step gets what the mock says, with its own config in it', async () => {
  const output = {
    ts: '{{now}}',
    text: 'sent {{input.text}}',
    to: '{{input.channels}}',
    run: '{{runId}}',
    n: 1,
  }
  const { performer } = setUp({ output })
  expect(await performer.perform(stepWork({ text: 'hi', channels: ['a'] }, { step: SEND }))).toEqual({
    ts: '2026-11-21T09:00:00.000Z',
    text: 'sent hi',
    to: ['a'],
    run: 'run-1',
    n: 1,
  })
})

test('what the config says is never taken for a template', async () => {
  const { performer } = setUp({ output: '{{input.text}}' })
  expect(await performer.perform(stepWork({ text: '{{runId}}' }, { step: SEND }))).toBe('{{runId}}')
})

test.each([
  ['its action', SEND, {}],
  ['its type and its config', { type: 'slack' }, { action: 'sendMessage' }],
])('a mock is found by a step’s %s', async (_, step, config) => {
  const { performer, calls } = setUp({ output: 'found' })
  expect(await performer.perform(stepWork(config, { step: { ...step, id: 'notify' } }))).toBe('found')
  expect(calls).toEqual([
    {
      accountId: 'account-1',
      provider: 'slack',
      action: 'sendMessage',
      runId: 'run-1',
      stepId: 'notify',
      input: config,
      status: 200,
    },
  ])
})

test.each([0, 1500])('a step waits as long as the mock says: %d ms', async (delayMs) => {
  const { performer, waits, pause } = setUp({ delayMs })
  await performer.perform(stepWork({}, { step: SEND, pause }))
  expect(waits).toEqual(delayMs === 0 ? [] : [delayMs])
})

test('where the wait is broken off the step is, with its reason, and the meeting is on record', async () => {
  const calls: ProviderCall[] = []
  const performer = createProviderAction({
    find: () => ({ output: {}, status: 200, delayMs: 60_000 }),
    record: (call) => void calls.push(call),
  })
  const pause = () => Promise.reject(new Error('cancelled'))
  await expect(performer.perform(stepWork({}, { step: SEND, pause }))).rejects.toThrow('cancelled')
  expect(calls.length).toBe(1)
})

describe('a step fails', () => {
  test('without a mock, and says how to declare one', async () => {
    const { performer, calls } = setUp()
    expect(
      await failure(performer.perform(stepWork({}, { step: { ...SEND, action: 'stripe.createInvoice' } }))),
    ).toBe(
      'INTEGRATION_ERROR: No mock for stripe.createInvoice. Keyward calls no provider itself: declare one with ' +
        'PUT /api/v1/mocks/stripe/createInvoice',
    )
    expect(calls).toEqual([])
  })

  test('for another account than the mock’s', async () => {
    const work = { ...stepWork({}, { step: SEND }), accountId: 'account-2' }
    expect(await failure(setUp().performer.perform(work))).toStartWith('INTEGRATION_ERROR: No mock for')
  })

  test.each([
    ['no words', {}, 'slack.sendMessage answered 503'],
    ['a message', { message: 'no channel {{input.channel}}' }, 'no channel #a'],
    ['an error with a message', { error: { message: 'away' } }, 'away'],
    ['a message that is no text', { message: 5, error: 'x' }, 'slack.sendMessage answered 503'],
    ['a list', [1], 'slack.sendMessage answered 503'],
  ])('by a mock’s status of 400 and more, with %s', async (_, output, message) => {
    const { performer, calls } = setUp({ output, status: 503 })
    const failed = await failure(performer.perform(stepWork({ channel: '#a' }, { step: SEND })))
    expect([failed, calls.map(({ status }) => status)]).toEqual([`INTEGRATION_ERROR: ${message}`, [503]])
  })

  test('where the mock’s templates cannot be worked out', async () => {
    const { performer } = setUp({ output: '{{input.text | shout}}' })
    const failed = await failure(performer.perform(stepWork({ text: 'hi' }, { step: SEND })))
    expect(failed).toMatch(/^VALIDATION_ERROR: The mock's output: \{\{input\.text \| shout\}\} /)
  })
})

test.each([100, 200, 302, 399])('a status of %d is no failure', async (status) => {
  const { performer } = setUp({ status, output: 'fine' })
  expect(await performer.perform(stepWork({}, { step: SEND }))).toBe('fine')
})
