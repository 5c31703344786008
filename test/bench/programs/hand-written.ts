import { join } from 'node:path'
import { Elysia } from 'elysia'
import { openClient } from '../../../src/db/driver.ts'
import { lazily } from '../../../src/lib/lazily.ts'

/**
 * The same answers as Keyward's, as one writes them by hand with Elysia and better-sqlite3: one prepared statement
 * a read, its rows mapped to objects, which Elysia writes as JSON. No key, no limit, no validation.
 */
const [port, data = ''] = process.argv.slice(2)
const db = openClient(join(data, 'keyward.db'))
db.pragma('query_only = on')
const accountId = String(db.prepare('select id from accounts').pluck().get())

type WorkflowRow = {
  id: string
  name: string
  description: string | null
  status: string
  version: number
  trigger: string
  created_at: number
  updated_at: number
}

type WholeWorkflowRow = WorkflowRow & {
  steps: string
  input_schema: string | null
  output_schema: string | null
  settings: string | null
  variables: string | null
  canvas_state: string | null
}

type RunRow = {
  id: string
  workflow_id: string
  workflow_version: number
  status: string
  trigger_type: string
  error: string | null
  attempt: number
  restarted_from: string | null
  created_at: number
  started_at: number | null
  completed_at: number | null
}

type WholeRunRow = RunRow & {
  engine_run_id: string
  connection_id: string | null
  trigger: string
  input: string
  output: string | null
}

type StepOutput = {
  key: string
  stepId: string
  status: string
  input: unknown
  output: unknown
  error: unknown
  attempt: number
  startedAt: number
  completedAt: number
}

type TaskRow = {
  id: string
  environment: string
  kind: string
  status: string
  title: string
  description: string
  instructions: string | null
  category: string
  required_skills: string
  address: string | null
  city: string
  state: string
  latitude: number
  longitude: number
  budget_cents: number
  platform_fee_cents: number
  worker_payout_cents: number
  priority: string
  deadline: number | null
  proof_types: string
  metadata: string
  worker_id: string | null
  proof_attempts: number
  created_at: number
  updated_at: number
}

const workflowsListed = db.prepare<[string, number], WorkflowRow>(
  `select id, name, description, status, version, trigger, created_at, updated_at from workflows
   where account_id = ? and status <> 'archived' order by created_at desc, id desc limit ?`,
)
const workflowById = db.prepare<[string, string], WholeWorkflowRow>(
  'select * from workflows where id = ? and account_id = ?',
)
const stepsOfVersion = db.prepare<[string, number], { steps: string }>(
  'select steps from workflows where id = ? and version = ?',
)
const runsListed = db.prepare<[string, number], RunRow>(
  `select id, workflow_id, workflow_version, status, trigger_type, error, attempt, restarted_from, created_at,
     started_at, completed_at
   from runs where account_id = ? order by created_at desc, id desc limit ?`,
)
const runById = db.prepare<[string, string], WholeRunRow>(
  'select * from runs where id = ? and account_id = ?',
)
const tasksCounted = db
  .prepare<[string], number>(
    `select count(*) from (select id from tasks where account_id = ? and environment = 'live' limit 10000)`,
  )
  .pluck()
const tasksListed = db.prepare<[string, number, number], TaskRow>(
  `select * from tasks where account_id = ? and environment = 'live'
   order by created_at desc, id desc limit ? offset ?`,
)
const taskById = db.prepare<[string, string], TaskRow>(
  `select * from tasks where id = ? and account_id = ? and environment = 'live'`,
)

/** The steps of runs stand in another database, which a data folder without runs has not. */
const stepOutputs = lazily(() => {
  const runs = openClient(join(data, 'runs.db'))
  runs.pragma('query_only = on')
  return runs
    .prepare<[string], string>(
      `select output from step_attempts where namespace_id = 'default' and workflow_run_id = ? order by rowid`,
    )
    .pluck()
})

const LIMIT = { workflows: 50, tasks: 20 }

new Elysia()
  .get('/livez', () => 'ok')
  .get('/api/v1/workflows', () => listOf(workflowsListed.all(accountId, LIMIT.workflows + 1), summary))
  .get('/api/v1/workflows/:id', ({ params }) => {
    const row = found(workflowById.get(params.id, accountId))
    return { success: true, data: workflow(row) }
  })
  .get('/api/v1/runs', () => listOf(runsListed.all(accountId, LIMIT.workflows + 1), run))
  .get('/api/v1/runs/:id', ({ params }) => {
    const row = found(runById.get(params.id, accountId))
    return { success: true, data: wholeRun(row) }
  })
  .get('/v1/tasks', () => {
    const total = tasksCounted.get(accountId)
    const rows = tasksListed.all(accountId, LIMIT.tasks, 0)
    return { data: rows.map(task), meta: { total, limit: LIMIT.tasks, offset: 0 } }
  })
  .get('/v1/tasks/:id', ({ params }) => task(found(taskById.get(params.id, accountId))))
  .listen({ hostname: '127.0.0.1', port: Number(port), reusePort: false })

process.once('SIGTERM', () => process.exit(0))

// --- internal ---

function found<T>(row: T | undefined): T {
  if (row === undefined) throw new Error('Not found')
  return row
}

function iso(ms: number): string
function iso(ms: number | null): string | null
function iso(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString()
}

function json(text: string | null): unknown {
  return text === null ? null : JSON.parse(text)
}

function listOf<T extends { id: string; created_at: number }>(rows: T[], toWire: (row: T) => unknown) {
  const hasMore = rows.length > LIMIT.workflows
  const shown = rows.slice(0, LIMIT.workflows)
  const last = hasMore ? shown.at(-1) : undefined
  const cursor = last ? btoa(JSON.stringify({ ts: last.created_at, id: last.id })) : null
  return { success: true, data: shown.map(toWire), meta: { cursor, hasMore } }
}

function summary(row: WorkflowRow) {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    status: row.status,
    version: row.version,
    trigger: JSON.parse(row.trigger),
    createdAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
  }
}

function workflow(row: WholeWorkflowRow) {
  return {
    id: row.id,
    name: row.name,
    description: row.description,
    status: row.status,
    version: row.version,
    trigger: JSON.parse(row.trigger),
    steps: JSON.parse(row.steps),
    inputSchema: json(row.input_schema),
    outputSchema: json(row.output_schema),
    settings: json(row.settings),
    variables: json(row.variables),
    canvasState: json(row.canvas_state),
    createdAt: iso(row.created_at),
    updatedAt: iso(row.updated_at),
  }
}

function times(startedAt: number | null, completedAt: number | null) {
  const durationMs = startedAt === null || completedAt === null ? null : completedAt - startedAt
  return { startedAt: iso(startedAt), completedAt: iso(completedAt), durationMs }
}

function run(row: RunRow) {
  return {
    id: row.id,
    runId: row.id,
    run_id: row.id,
    workflowId: row.workflow_id,
    workflowVersion: row.workflow_version,
    status: row.status,
    triggerType: row.trigger_type,
    ...times(row.started_at, row.completed_at),
    error: json(row.error),
    attempt: row.attempt,
    restartedFrom: row.restarted_from,
    createdAt: iso(row.created_at),
  }
}

/** A run that is over, none of whose steps was left out or tried again. */
function wholeRun(row: WholeRunRow) {
  const { steps } = found(stepsOfVersion.get(row.workflow_id, row.workflow_version))
  const types = new Map<string, { type: string; name?: string }>(
    JSON.parse(steps).map((step: { id: string }) => [step.id, step]),
  )
  const input = JSON.parse(row.input)
  return {
    ...run(row),
    input,
    // A run of the API has its input there too, which is stored once.
    trigger: { ...JSON.parse(row.trigger), input, body: input },
    connectionId: row.connection_id,
    output: json(row.output),
    steps: outputsOf(row.engine_run_id).map((output) => step(output, found(types.get(output.stepId)))),
    approvals: [],
  }
}

function outputsOf(engineRunId: string): StepOutput[] {
  return stepOutputs()
    .all(engineRunId)
    .map((output) => JSON.parse(output))
}

function step(result: StepOutput, { type, name }: { type: string; name?: string }) {
  return {
    id: result.stepId,
    stepId: result.stepId,
    path: result.key,
    name: name ?? null,
    type,
    status: result.status,
    ...times(result.startedAt, result.completedAt),
    input: result.input,
    output: result.output,
    error: result.error,
    attempt: result.attempt,
  }
}

function task(row: TaskRow) {
  return {
    id: row.id,
    title: row.title,
    description: row.description,
    category: row.category,
    status: row.status,
    budget_cents: row.budget_cents,
    platform_fee_cents: row.platform_fee_cents,
    worker_payout_cents: row.worker_payout_cents,
    priority: row.priority,
    location_city: row.city,
    location_state: row.state,
    location_latitude: row.latitude,
    location_longitude: row.longitude,
    proof_types: JSON.parse(row.proof_types),
    environment: row.environment,
    created_at: iso(row.created_at),
    type: row.kind,
    instructions: row.instructions,
    required_skills: JSON.parse(row.required_skills),
    location_address: row.address,
    deadline: iso(row.deadline),
    metadata: JSON.parse(row.metadata),
    worker_id: row.worker_id,
    proof_attempts: row.proof_attempts,
    updated_at: iso(row.updated_at),
  }
}
