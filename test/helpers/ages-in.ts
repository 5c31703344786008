import { ageOfRun, sizeOfRun } from '../../src/limits/window-runs.ts'

/** @returns how old each request of these runs is, in ms. */
export function agesIn(runs: Uint32Array): number[] {
  return [...runs].flatMap((run) => Array<number>(sizeOfRun(run)).fill(ageOfRun(run)))
}
