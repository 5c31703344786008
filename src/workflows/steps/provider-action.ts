import { inSlices } from '../../lib/sliced-work.ts'
import type { Step } from '../plan/step.ts'
import type { TemplateContext } from '../templates/context.ts'
import { render } from '../templates/render.ts'
import { TemplateError } from '../templates/template-error.ts'
import { configOf } from './config-schema.ts'
import type { PerformedKind } from './kind.ts'
import type { ProviderMock, ProviderMocks } from './provider-mocks.ts'
import { StepError, type StepPerformer } from './step-work.ts'

/** Everything that another service would do: each step that is of no other kind. */
export const action: PerformedKind<'action'> = {
  kind: 'action',
  types: ['action', 'agent', 'data_table', 'subworkflow', 'email', 'slack', 'pdf', 'workspace_files'],
  actions: [],
  programs: [],
  formulas: [],
  mentions: [],
  schema: () => configOf({}),
  problems: ({ type, action: asked }) =>
    type === 'action' && asked === undefined ? [{ field: 'action', message: 'is required' }] : [],
  way: 'performed',
  performer: ({ mocks }) => createProviderAction(mocks),
}

/**
 * Carries out a provider's action by the mock that the account declared for it.
 * @throws StepError: INTEGRATION_ERROR without a mock, and where it answers 400 or more; VALIDATION_ERROR where its
 * templates cannot be worked out. The signal's reason when the work is aborted.
 */
export function createProviderAction({ find, record }: ProviderMocks): StepPerformer {
  return {
    async perform({ step, accountId, runId, config, context, masked, pause }) {
      const { provider, action } = providerAction({ ...step, config })
      const mock = find(accountId, provider, action)
      if (!mock) throw new StepError('INTEGRATION_ERROR', noMock(provider, action))
      const { status, delayMs } = mock
      const input = await masked(config)
      record({ accountId, provider, action, runId, stepId: step.id, input, status })
      if (delayMs > 0) await pause(delayMs)
      const output = await renderMock(mock, { input: config, now: context.now, runId })
      if (status < 400) return output
      const message = messageIn(output) ?? `${provider}.${action} answered ${status}`
      throw new StepError('INTEGRATION_ERROR', message)
    },
  }
}

// --- internal ---

/**
 * What a step asks of whom: { provider: "slack", action: "sendMessage" }. A step that has its provider in its type
 * (slack, email, agent, data_table …) names the action, if at all, in its config.
 */
function providerAction(step: Step): { provider: string; action: string } {
  if (step.action !== undefined) {
    const [provider = '', ...names] = step.action.split('.')
    return { provider, action: names.join('.') }
  }
  const named = step.config.action ?? step.config.operation
  return { provider: step.type, action: typeof named === 'string' ? named : 'execute' }
}

async function renderMock({ output }: ProviderMock, context: TemplateContext): Promise<unknown> {
  try {
    return await inSlices(render(output, context))
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
