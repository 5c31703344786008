/** A figure that was measured several times. */
export type Spread = { median: number; min: number; max: number }

export type Cell = string | number | null | Spread
export type Row = Readonly<Record<string, Cell>>
export type Column = { key: string; head: string; digits?: number }

export type Sheet = {
  title: string
  columns: readonly Column[]
  rows: readonly Row[]
  notes?: readonly string[]
}

/** A figure that was promised. Missing it is told, and is no failure: a busy machine misses some. */
export type Target = { name: string; measured: number; unit: string } & (
  | { atMost: number }
  | { atLeast: number }
)

/** What could not be measured here, and what would have to be there. */
export type Skip = { name: string; reason: string }

export type Outcome = {
  sheets: Sheet[]
  targets?: Target[]
  skipped?: Skip[]
  /** Wrong behaviour, whatever the speed: the whole run ends with code 1. */
  failures?: string[]
}

export type Plan = {
  rounds: number
  seconds: number
  /** How often a round is measured at most while others use the machine. */
  triesMax: number
  /** The short form: fewer and smaller cases. */
  quick: boolean
  /** Says on stderr what is going on. */
  progress(text: string): void
}

export type Suite = { name: string; about: string; run(plan: Plan): Promise<Outcome> }

export function isReached(target: Target): boolean {
  return 'atMost' in target ? target.measured <= target.atMost : target.measured >= target.atLeast
}
