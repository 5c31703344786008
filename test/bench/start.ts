import { readFileSync } from 'node:fs'
import type { DataFolder } from '../../src/data-folder/folder.ts'
import { FROM_SOURCE } from './contestants.ts'
import { pinned, processCpuUs, residentMib, SERVER_CORE } from './cpu.ts'
import { executable } from './executable.ts'
import { freePort } from './measured-server.ts'
import { withDataFolder } from './scratch.ts'
import { spreadOf } from './spread.ts'
import { storeKeys } from './stored-keys.ts'
import type { Outcome, Plan, Suite } from './suite.ts'
import { type Observed, undisturbed } from './undisturbed.ts'

export const start: Suite = {
  name: 'start',
  about: 'from spawn to the first HTTP answer, and the memory then',
  run: (plan) => withDataFolder((folder) => measureStarts(folder, plan)),
}

// --- internal ---

const KEYS = 100
const STARTS = 9
const STARTS_QUICK = 3

/** A start takes some 40 ms; past this it hangs. */
const ANSWER_MAX_MS = 10_000

type FirstAnswer = { answerMs: number; memoryMib: number }

async function measureStarts(folder: DataFolder, plan: Plan): Promise<Outcome> {
  await storeKeys(folder, KEYS)
  const subjects = [
    { name: 'executable', command: [await executable(plan.progress)] },
    { name: 'from source', command: FROM_SOURCE },
  ]
  const starts = plan.quick ? STARTS_QUICK : Math.max(STARTS, plan.rounds)
  const observed = subjects.map((): Observed<FirstAnswer>[] => [])
  for (let round = 0; round < starts; round++) {
    for (const [index, { name, command }] of subjects.entries()) {
      plan.progress(`start ${round + 1} of ${starts}, ${name}`)
      observed[index]?.push(await undisturbed(plan.triesMax, () => startOnce(command, folder)))
    }
  }
  const rows = subjects.map(({ name }, index) => {
    const firsts = (observed[index] ?? []).map(({ value }) => value)
    return {
      name,
      starts,
      answerMs: spreadOf(firsts.map(({ answerMs }) => answerMs)),
      memoryMib: spreadOf(firsts.map(({ memoryMib }) => memoryMib)),
      disturbed: (observed[index] ?? []).filter(({ disturbed }) => disturbed).length,
    }
  })
  const [built] = rows
  return {
    sheets: [
      {
        title: `Start on a data folder with ${KEYS} keys`,
        columns: [
          { key: 'name', head: '' },
          { key: 'starts', head: 'starts' },
          { key: 'answerMs', head: 'first answer ms', digits: 1 },
          { key: 'memoryMib', head: 'resident MiB then', digits: 1 },
          { key: 'disturbed', head: 'disturbed' },
        ],
        rows,
      },
    ],
    targets: [
      {
        name: 'Start to first answer',
        measured: built?.answerMs.median ?? Number.NaN,
        unit: 'ms',
        atMost: 35,
      },
      {
        name: 'Resident memory after start',
        measured: built?.memoryMib.median ?? Number.NaN,
        unit: 'MiB',
        atMost: 55,
      },
    ],
  }
}

async function startOnce(
  command: readonly string[],
  folder: DataFolder,
): Promise<{ value: FirstAnswer; cpuUs: number }> {
  const port = await freePort()
  const startNs = Bun.nanoseconds()
  const child = Bun.spawn(
    pinned(SERVER_CORE, [...command, 'serve', '--port', `${port}`, '--data', folder.path]),
    { stdout: 'ignore', stderr: 'ignore' },
  )
  try {
    await firstAnswer(`http://127.0.0.1:${port}/livez`, child)
    const answerMs = (Bun.nanoseconds() - startNs) / 1e6
    const value = { answerMs, memoryMib: residentMib(child.pid) }
    return { value, cpuUs: processCpuUs(child.pid) }
  } finally {
    child.kill('SIGTERM')
    await child.exited
  }
}

/** Asks again and again, with a pause so short that it is no part of the figure. */
async function firstAnswer(url: string, child: { exitCode: number | null; pid: number }): Promise<void> {
  const giveUpAt = performance.now() + ANSWER_MAX_MS
  while (performance.now() < giveUpAt && child.exitCode === null) {
    const response = await fetch(url).catch(() => null)
    if (response?.ok) return
    await Bun.sleep(0.5)
  }
  throw new Error(`Keyward did not answer on ${url} (${readFileSync('/proc/loadavg', 'utf8').trim()})`)
}
