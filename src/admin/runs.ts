import type { Accounts } from '../accounts/accounts.ts'
import type { Actor } from '../audit/actor.ts'
import { AppError, invalid, refuseInvalid } from '../errors.ts'
import { isoTime } from '../lib/instant.ts'
import { nameProblems } from '../lib/name.ts'
import { startedWith } from '../workflows/runs/new-run.ts'
import { RUN_STATUSES, type RunSummary } from '../workflows/runs/run.ts'
import { COMMENT_LENGTH_MAX, pathOf } from '../workflows/runs/run-wait.ts'
import type { StepView } from '../workflows/runs/step-view.ts'
import type { Workflows } from '../workflows/workflows.ts'
import { accountFilter } from './account-filter.ts'
import { boundedJson } from './bounded-json.ts'
import { known, listLimit } from './listed.ts'
import { runInput } from './run-input.ts'
import { optionalText, textField } from './text-field.ts'

export type ListRunsInput = {
  accountId?: string
  workflowId?: string
  status?: string
  /** The newest so many, 1 to 1,000; left out: 50. */
  limit?: number
  /** The id of the run that ends what was listed before. */
  after?: string
}

export type DecideRunInput = {
  id: string
  approved: boolean
  /** The step, or its path where it asks in several places; left out: the only approval that is open. */
  stepId?: string
  comment?: string
  /** Who decides; left out: the operator. */
  by?: string
}

export type RestartRunInput = { id: string; fromStep?: string; input?: unknown }

export type RunDetailsView = Awaited<ReturnType<RunOperations['show']>>

export type RunView = Awaited<ReturnType<RunOperations['decide']>>

/** A loop of 10,000 rounds has as many; what is wrong shows in the first ones, or in the run's error. */
const STEPS_SHOWN = 500

type RunOperations = ReturnType<typeof createRunOperations>

type Parts = { workflows: Pick<Workflows, 'runs' | 'oversight'>; accounts: Accounts }

export function createRunOperations({ workflows, accounts }: Parts, actor: Actor) {
  const { runs, oversight } = workflows

  async function view(run: RunSummary) {
    const approvals = await runs.openApprovals(run.id)
    return {
      ...runFields(run),
      workflowName: runs.workflowName(run.workflowId),
      approvals: approvals.map((approval) => ({
        stepId: approval.stepId,
        path: pathOf(approval),
        title: approval.request.title,
        approvers: approval.request.approvers,
        expiresAt: isoTime(approval.dueAt),
      })),
    }
  }

  return {
    /** Of all accounts, newest first. @throws INVALID_INPUT; NOT_FOUND for the account */
    async list({ accountId, workflowId, status, limit, after }: ListRunsInput) {
      const search = {
        accountId: accountFilter(accounts, accountId),
        workflowId: optionalText('workflowId', workflowId),
        status: known('status', status, RUN_STATUSES),
        limit: listLimit(limit),
        after: optionalText('after', after),
      }
      const views: RunView[] = []
      for (const run of runs.listAny(search)) views.push(await view(run))
      return views
    },

    /**
     * With the beginning of its input and with its steps, but on purpose without what these took and gave, which may be
     * megabytes of an account's data: who wants to see that asks for one step (`step`). @throws NOT_FOUND
     */
    async show({ id }: { id: string }) {
      const { run, steps } = await runs.details(runs.ownerOf(textField('id', id)), id)
      const { workflowVersion, attempt, restartedFrom, startedAt, deadlineAt } = run
      return {
        ...(await view(run)),
        workflowVersion,
        attempt,
        restartedFrom,
        startedAt: isoTime(startedAt),
        deadlineAt: isoTime(deadlineAt),
        input: await boundedJson(run.input),
        steps: steps.slice(0, STEPS_SHOWN).map(stepFields),
        /** How many there are beyond those. */
        moreSteps: Math.max(0, steps.length - STEPS_SHOWN),
      }
    },

    /**
     * The last attempt of one step, with what it took and gave, as the API shows it: *** where a secret was.
     * @param input `path` as `show` tells it: each[3]/send @throws NOT_FOUND
     */
    async step({ id, path }: { id: string; path: string }) {
      const view = await runs.step(runs.ownerOf(textField('id', id)), id, textField('path', path))
      return {
        ...stepFields(view),
        input: await boundedJson(view.input),
        output: await boundedJson(view.output),
        logs: view.logs.map(({ at, level, message }) => ({ at: isoTime(at), level, message })),
      }
    },

    /**
     * The last lines that all attempts of its steps have logged, 50 unless told otherwise, in their order.
     * @throws NOT_FOUND, INVALID_INPUT
     */
    async logs({ id, limit }: { id: string; limit?: number }) {
      const most = listLimit(limit)
      const attempts = await runs.logs(runs.ownerOf(textField('id', id)), id)
      const lines = attempts.flatMap(({ key: path, attempt, logs }) =>
        logs.map(({ at, level, message }) => ({ at, path, attempt, level, message })),
      )
      return lines
        .sort((a, b) => a.at - b.at)
        .slice(-most)
        .map(({ at, message, ...line }) => ({
          at: isoTime(at),
          ...line,
          message: message.slice(0, LINE_CHARS_SHOWN),
        }))
    },

    /** Starts a run of an active workflow. @throws NOT_FOUND, CONFLICT, INVALID_INPUT, UNAVAILABLE */
    async start({ workflowId, input = {} }: { workflowId: string; input?: unknown }) {
      const { accountId } = oversight.find(textField('workflowId', workflowId))
      const origin = { accountId, workflowId, ...startedWith(runInput(input)) }
      const settings = { connectionId: null, idempotencyKey: null, maxExecutionTimeMs: null }
      return view(await runs.startAny({ ...origin, ...settings }, actor))
    },

    /**
     * Begins a failed run once more: steps that completed are kept. It stays the same run.
     * @throws NOT_FOUND, CONFLICT, UNAVAILABLE
     */
    retry: async ({ id }: { id: string }) => view(await runs.retryAny(textField('id', id), actor)),

    /**
     * Starts a new run like one that is over.
     * @param input `fromStep`: with the results of the steps before it; left out: from the start. `input`: left out, the
     * same as before
     * @throws NOT_FOUND, CONFLICT, INVALID_INPUT, UNAVAILABLE
     */
    async restart({ id, fromStep, input }: RestartRunInput) {
      const how = {
        stepId: optionalText('fromStep', fromStep) ?? null,
        input: input === undefined ? undefined : runInput(input),
      }
      return view(await runs.restartAny(textField('id', id), how, actor).catch(byFromStep))
    },

    /** Ends a run that is not over; what it does now is broken off. @throws NOT_FOUND, CONFLICT */
    async cancel({ id }: { id: string }) {
      return view(await runs.cancelAny(textField('id', id), actor))
    },

    /** Approves or rejects what a run waits for. @throws NOT_FOUND, CONFLICT, INVALID_INPUT */
    async decide({ id, approved, stepId, comment, by = 'operator' }: DecideRunInput) {
      if (typeof approved !== 'boolean') throw invalid('approved', 'must be true or false')
      refuseInvalid(nameProblems('by', by))
      if (comment !== undefined && textField('comment', comment).length > COMMENT_LENGTH_MAX) {
        throw invalid('comment', `must be at most ${COMMENT_LENGTH_MAX} characters`)
      }
      if (stepId !== undefined) textField('stepId', stepId)
      const decision = { approved, by, comment: comment ?? null }
      return view(await runs.decideAny(textField('id', id), stepId, decision, actor))
    },
  }
}

// --- internal ---

/** The API calls it `stepId`. */
function byFromStep(error: unknown): never {
  const problem = error instanceof AppError ? error.problems.find(({ field }) => field === 'stepId') : null
  throw problem ? invalid('fromStep', problem.message) : error
}

/** Of a line in a list of up to 1,000: a step's own log has it whole. */
const LINE_CHARS_SHOWN = 4096

function stepFields({ key, step, status, attempt, startedAt, completedAt, error }: StepView) {
  return {
    path: key,
    id: step.id,
    name: step.name ?? null,
    type: step.type,
    status,
    attempt,
    startedAt: isoTime(startedAt),
    completedAt: isoTime(completedAt),
    error,
  }
}

function runFields({ createdAt, completedAt, ...run }: RunSummary) {
  const { id, accountId, workflowId, status, triggerType, error } = run
  const times = { createdAt: isoTime(createdAt), completedAt: isoTime(completedAt) }
  return { id, accountId, workflowId, status, triggerType, error, ...times }
}
