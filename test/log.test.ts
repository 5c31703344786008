import { afterEach, describe, expect, test } from 'bun:test'
import { AppError } from '../src/errors.ts'
import { logEvent, logFailure, logLoss, logNotice, logRefusal, logWarning, setLogMode } from '../src/log.ts'
import { jsonToldDuring, toldDuring } from './helpers/logged.ts'

afterEach(() => setLogMode({ format: 'text', level: 'info' }))

const KEYS = ['wfk_', 'wf_live_', 'wf_test_', 'wfw_'].map((head) => `${head}${'a1B2'.repeat(10)}`)

function tellAll(text: string): void {
  logFailure('a thing', new Error(text))
  logRefusal('a run', new AppError('CONFLICT', text))
  logWarning(text)
  logNotice(text)
  logLoss(text)
  logEvent('a.b', text, { requestId: text })
}

describe('the log', () => {
  test('as JSON is one object a line, with time, level, event and message, and the fields beside them', () => {
    const [failure, , , , , event] = jsonToldDuring(() => tellAll('line 1\nline 2'))
    expect(event).toEqual({
      time: expect.stringMatching(/^20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      level: 'info',
      event: 'a.b',
      message: 'line 1 line 2',
      requestId: 'line 1 line 2',
    })
    expect(failure).toMatchObject({ level: 'error', event: 'failure', where: 'a thing' })
    expect(failure?.message).toStartWith('internal error in a thing: Error: line 1 line 2 at ')
  })

  test.each([
    ['error', ['error', 'error']],
    ['warn', ['error', 'warn', 'warn', 'warn', 'error']],
    ['info', ['error', 'warn', 'warn', 'warn', 'error', 'info']],
  ] as const)('of the level %s has nothing less urgent', (level, levels) => {
    setLogMode({ format: 'json', level })
    const told = toldDuring(() => tellAll('x')).map((line) => JSON.parse(line).level)
    expect(told).toEqual([...levels])
  })

  test.each(KEYS)('cuts %s, in words and in fields, as it stands in a path too', (key) => {
    const said = `a ${key} b /x${key}/y ${key.replaceAll('_', '%5F')} "${key}"`
    const lines = [...toldDuring(() => tellAll(said)), JSON.stringify(jsonToldDuring(() => tellAll(said)))]
    for (const line of lines) expect(line).not.toContain('a1B2')
  })
})
