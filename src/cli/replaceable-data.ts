import type { DataFolder } from '../data-folder/folder.ts'
import { announceIncoming } from '../data-folder/incoming.ts'
import type { OnDisk } from '../db/on-disk.ts'
import { createGate, type Gate } from '../dev/gate.ts'
import { createStates, type StateOperations } from '../dev/states.ts'
import type { HeldApp } from './held-app.ts'

/** For a server under --dev: all of its data can be put in the place of other data while it runs. */
export type ReplaceableData = { states: StateOperations; gate: Gate; onDisk: OnDisk }

/**
 * Keeps the present data as what a reset goes back to, unless that is kept already.
 * @param onReplaced told when another app is there, before the first request reaches it
 * @param onBroken called with the reason when there is none any more
 */
export async function createReplaceableData(
  held: HeldApp,
  folder: DataFolder,
  onReplaced: () => void,
  onBroken: (error: unknown) => void,
): Promise<ReplaceableData> {
  const gate = createGate()
  const states = createStates({
    folder,
    fingerprint: held.fingerprint,
    world: () => held.app,
    copyTo: (files) => held.app.copyTo(files),
    isAdvancing: async () => (await held.app.dev?.clock.show())?.advancing === true,
    replaceBy: (staged) => gate.whileShut(endWaiting, () => replace(staged)),
  })

  /** Of requests that wait for something else than their turn. */
  function endWaiting(): void {
    held.app.workflows.runs.endWaiting()
    held.app.devServices?.endWaiting()
  }

  async function replace(staged: string): Promise<void> {
    await announceIncoming(folder, staged)
    await held.reopen().catch((error) => {
      onBroken(error)
      throw error
    })
    onReplaced()
  }

  await states.keepStart()
  return { gate, states: states.operations, onDisk: () => held.app.onDisk() }
}
