import { providerAction } from '../plan/step.ts'
import type { TemplateContext } from '../templates/context.ts'
import { render } from '../templates/render.ts'
import { TemplateError } from '../templates/template-error.ts'
import { type Pause, pause } from './pause.ts'
import { StepError, type StepPerformer } from './step-work.ts'

/** What stands in for a provider's action. */
export type ProviderMock = {
  /** Its templates see the step's config as `input`, and `now` and `runId`. */
  output: unknown
  /** 400 and more: the step fails. */
  status: number
  delayMs: number
}

/** A step that met a mock. */
export type ProviderCall = {
  accountId: string
  provider: string
  action: string
  runId: string
  stepId: string
  /** The step's config, resolved and masked. */
  input: unknown
  status: number
}

type Parts = {
  find(accountId: string, provider: string, action: string): ProviderMock | undefined
  record(call: ProviderCall): void
  /** Waits out a mock's delay. */
  wait?: Pause
}

/**
 * Carries out a provider's action by the mock that the account declared for it.
 * @throws StepError: INTEGRATION_ERROR without a mock, and where it answers 400 or more; VALIDATION_ERROR where its
 * templates cannot be worked out. The signal's reason when the work is aborted.
 */
export function createProviderAction({ find, record, wait = pause }: Parts): StepPerformer {
  return {
    unresolved: [],
    async perform({ step, accountId, runId, config, context, signal, masked }) {
      const { provider, action } = providerAction({ ...step, config })
      const mock = find(accountId, provider, action)
      if (!mock) throw new StepError('INTEGRATION_ERROR', noMock(provider, action))
      const { status, delayMs } = mock
      record({ accountId, provider, action, runId, stepId: step.id, input: masked(config), status })
      if (delayMs > 0) await wait(delayMs, signal)
      const output = renderMock(mock, { input: config, now: context.now, runId })
      if (status < 400) return output
      const message = messageIn(output) ?? `${provider}.${action} answered ${status}`
      throw new StepError('INTEGRATION_ERROR', message.slice(0, MESSAGE_LENGTH_MAX))
    },
  }
}

// --- internal ---

/** A mock's output may be a megabyte; an error's message is read in a line. */
const MESSAGE_LENGTH_MAX = 1000

function renderMock({ output }: ProviderMock, context: TemplateContext): unknown {
  try {
    return render(output, context)
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error
    throw new StepError('VALIDATION_ERROR', `The mock's output: ${error.message}`, { cause: error })
  }
}

function noMock(provider: string, action: string): string {
  const path = `/api/v1/mocks/${provider}/${action}`
  return `No mock for ${provider}.${action}. Keyward calls no provider itself: declare one with PUT ${path}`
}

/** Where providers put it: `message`, or `error.message`. */
function messageIn(output: unknown): string | null {
  const outer = fieldOf(output, 'message')
  const message = isText(outer) ? outer : fieldOf(fieldOf(output, 'error'), 'message')
  return isText(message) ? message : null
}

function fieldOf(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null
    ? Object.entries(value).find(([key]) => key === name)?.[1]
    : undefined
}

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
