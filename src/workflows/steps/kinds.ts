import type { Step } from '../plan/step.ts'
import { apiRequest } from './api-request.ts'
import { approval } from './approval.ts'
import { code } from './code.ts'
import { condition } from './condition.ts'
import type { StepTools } from './kind.ts'
import { loop } from './loop.ts'
import { parallel } from './parallel.ts'
import { action } from './provider-action.ts'
import type { StepPerformer } from './step-work.ts'
import { transform } from './transform.ts'
import { wait } from './wait.ts'

/** Every kind of step. Of two that a step names, by its type and its action, the first here counts. */
export const STEP_KINDS = [
  action,
  apiRequest,
  approval,
  condition,
  transform,
  code,
  wait,
  loop,
  parallel,
] as const

type Kind = (typeof STEP_KINDS)[number]

export type StepKind = Kind['kind']

/** The kinds that have other steps inside. */
export type Container = Extract<Kind, { way: 'contained' }>['kind']

/** What carries out a step of each kind that does its work in one go. */
export type Performers = Readonly<Record<Extract<Kind, { way: 'performed' }>['kind'], StepPerformer>>

/** The rules of a step's kind, whichever of the vendor's spellings it is written in. */
export function rulesOf({ type, action: asked = '' }: Pick<Step, 'type' | 'action'>): Kind {
  return OWN.find(({ types, actions }) => types.includes(type) || actions.includes(asked)) ?? action
}

export function kindOf(step: Pick<Step, 'type' | 'action'>): StepKind {
  return rulesOf(step).kind
}

/** The fields of a config whose templates nobody resolves before the step does its work. */
export function unresolvedFields({ programs, formulas, mentions }: Kind): string[] {
  return [...programs, ...formulas, ...mentions]
}

export function createPerformers(tools: StepTools): Performers {
  const performed = STEP_KINDS.filter((rules) => rules.way === 'performed')
  return Object.fromEntries(performed.map(({ kind, performer }) => [kind, performer(tools)])) as Performers
}

// --- internal ---

/** Those that we carry out ourselves; every other step is a provider's action. */
const OWN = STEP_KINDS.filter(({ kind }) => kind !== 'action')
