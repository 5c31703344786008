import type { TSchema } from '@sinclair/typebox'
import type { Egress } from '../../egress/egress.ts'
import type { Json } from '../../lib/json-object.ts'
import type { Problem } from '../../lib/problem.ts'
import type { Step } from '../plan/step.ts'
import type { Sandbox } from '../sandbox/sandbox.ts'
import type { Mention } from './mentions.ts'
import type { ProviderMocks } from './provider-mocks.ts'
import type { StepPerformer } from './step-work.ts'
import type { ApprovalRequest, WaitAnswer } from './suspension.ts'

/** What is the same for every kind of step. */
type Rules<K extends string> = {
  kind: K
  /** The vendor's step types that are of this kind, and the actions that are, whatever the type. */
  types: readonly string[]
  actions: readonly string[]
  /** What the step's config must keep to: `configOf` of its fields. Made once, when the first definition comes. */
  schema(): TSchema
  /** What the schema cannot say. Asked only of a step that keeps to it; each problem with its field in the step. */
  problems(step: Step): Problem[]
  /** Fields of the config that hold a program: `{{` in it is no placeholder of ours. */
  programs: readonly string[]
  /** Fields that are one expression where they are a text, with braces or without; the step works them out itself. */
  formulas: readonly string[]
  /** Fields that name other steps. */
  mentions: readonly string[]
}

/** A kind that does its work in one go, tried again where that failed. */
export type PerformedKind<K extends string> = Rules<K> & {
  way: 'performed'
  performer(tools: StepTools): StepPerformer
}

/** A kind that waits, for its time or for a person; the run is parked meanwhile. */
export type SuspendedKind<K extends string> = Rules<K> & {
  way: 'suspended'
  /** @returns how long, in ms. @throws StepError for a resolved config that says nothing, or too much. */
  durationMs(config: Json): number
  /** What approvers are shown; null: nobody is asked. */
  request(config: Json): ApprovalRequest | null
  /** @throws StepError where the answer is the step's failure. */
  output(answer: WaitAnswer, startedAt: number, config: Json): unknown
}

/** A kind that has other steps inside. How its bodies are carried out stands in `runs/execution`. */
export type ContainedKind<K extends string> = Rules<K> & {
  way: 'contained'
  /** The bodies that the config lists, each as the steps that it names. @param field where the config stands. */
  bodies(config: Json, field: string): Mention[][]
  /** Whether each group of connected steps that the canvas draws inside is a body of its own. */
  isSplit(config: Json): boolean
  /** What the templates inside see by a name of their own: the item, the index. */
  variables(config: Json): string[]
  /** Whether the step itself may wait, for the end of its time. */
  mayWait(config: Json): boolean
}

/** What steps do their work with. */
export type StepTools = { egress: Egress; sandbox: Sandbox; mocks: ProviderMocks }
