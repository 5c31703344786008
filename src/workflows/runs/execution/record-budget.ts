import type { RecordHistory } from '../../engine/record-history.ts'
import type { Plan, PlanNode } from '../../plan/plan.ts'
import { rulesOf } from '../../steps/kinds.ts'
import { readRecordName } from '../step-result.ts'
import { attemptsOf } from './retry-policy.ts'
import { RunFailure } from './run-failure.ts'

export type RecordBudget = ReturnType<typeof createRecordBudget>

/** openworkflow ends a run at 1,000 records; what is left over is for the attempts that a crash cut off. */
const RECORDS_MAX = 950

/**
 * Counts what an attempt of a run has recorded, in all its executions, and refuses what could not be recorded to
 * its end before it begins: a step that was done and may not be written down would be done again.
 * @param history what the executions before this one recorded
 */
export function createRecordBudget({ rows, names }: RecordHistory) {
  const recorded = new Set(names)
  let used = rows
  let reserved = 0
  /** Records that a step which has begun may still need, by its key. */
  const reservations = new Map<string, number>()
  let failure: RunFailure | null = null

  function refuseBeyond(needed: number): void {
    if (needed > RECORDS_MAX) {
      failure = new RunFailure(
        'STEP_LIMIT_EXCEEDED',
        `The run would take more than ${RECORDS_MAX} recorded steps`,
      )
    }
    if (failure) throw failure
  }

  function reserveFor(key: string, count: number): void {
    reserved += count - (reservations.get(key) ?? 0)
    reservations.set(key, count)
  }

  const before = Map.groupBy(names, (name) => readRecordName(name).key)

  return {
    /** Why the run cannot go on; null: it can. */
    failure: () => failure,

    /** One record is about to be made, or read. @throws RunFailure */
    use(name: string): void {
      if (failure) throw failure
      if (recorded.has(name)) return
      const { key } = readRecordName(name)
      const left = reservations.get(key) ?? 0
      if (left > 0) reserveFor(key, left - 1)
      refuseBeyond(used + reserved + 1)
      recorded.add(name)
      used += 1
    },

    /** A step begins: what it may need is kept for it until it has ended. @throws RunFailure */
    begin(key: string, node: PlanNode): void {
      const needed = Math.max(0, mostRecords(node) - (before.get(key)?.length ?? 0))
      refuseBeyond(used + reserved + needed)
      reserveFor(key, needed)
    },

    end(key: string): void {
      reserveFor(key, 0)
      reservations.delete(key)
    },

    /**
     * So many times this plan is about to be carried out, under keys that begin with `prefix`.
     * @throws RunFailure where that is sure to be too much, should the steps need all their attempts
     */
    refuseMany(prefix: string, times: number, plan: Plan): void {
      const inside = [...recorded].filter((name) => name.startsWith(prefix)).length
      refuseBeyond(used - inside + reserved + times * sureRecords(plan))
    },
  }
}

// --- internal ---

/** What a step may record by itself, without those inside it. */
function mostRecords({ step }: PlanNode): number {
  const rules = rulesOf(step)
  if (rules.way === 'suspended') return BEGIN_WAIT_END
  if (rules.way === 'contained') return rules.mayWait(step.config) ? BEGIN_WAIT_END : BEGIN_END
  // Each attempt, and each wait between two.
  return attemptsOf(step) * 2 - 1
}

const BEGIN_END = 2
const BEGIN_WAIT_END = 3

/** What those steps of a plan may record that no condition decides on. */
function sureRecords({ nodes }: Plan): number {
  const sure = new Set<string>()
  for (let before = -1; before < sure.size; ) {
    before = sure.size
    for (const { step, gates } of nodes) {
      if (gates.length === 0 || gates.some(({ from, handle }) => handle === null && sure.has(from)))
        sure.add(step.id)
    }
  }
  return nodes.reduce((sum, node) => sum + (sure.has(node.step.id) ? mostRecords(node) : 0), 0)
}
