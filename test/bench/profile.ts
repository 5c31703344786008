import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { keywardProbeCommand, oneKey, PROBE_PATH } from './contestants.ts'
import { ROOT } from './executable.ts'
import { startMeasured } from './measured-server.ts'
import { withDataFolder } from './scratch.ts'
import { storeKeys } from './stored-keys.ts'
import type { Outcome, Plan } from './suite.ts'
import { hasWrk, runWrk, WRK_MISSING } from './wrk.ts'

/** Where the probe spends its time: its functions by self time, sampled under full load. */
export async function profile(plan: Plan): Promise<Outcome> {
  if (!hasWrk()) return { sheets: [], skipped: [{ name: 'profile', reason: WRK_MISSING }] }
  const folder = mkdtempSync(join(tmpdir(), 'keyward-profile-'))
  try {
    plan.progress(`profiling the probe for ${plan.seconds} s`)
    await record(folder, plan.seconds)
    const [file] = readdirSync(folder)
    if (file === undefined) throw new Error('bun --cpu-prof wrote no profile')
    return toOutcome(JSON.parse(readFileSync(join(folder, file), 'utf8')))
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

// --- internal ---

/** Below this share a sample more or less changes the order. */
const FUNCTIONS_SHOWN = 25

/** The form that Chrome and Node write too; times in µs. */
type CpuProfile = {
  nodes: readonly { id: number; callFrame: { functionName: string; url: string; lineNumber: number } }[]
  samples: readonly number[]
  timeDeltas: readonly number[]
}

async function record(profileFolder: string, seconds: number): Promise<void> {
  const options = ['--cpu-prof', '--cpu-prof-dir', profileFolder, '--cpu-prof-interval', '250']
  await withDataFolder(async (data) => {
    await storeKeys(data, 1)
    const server = await startMeasured((port) => keywardProbeCommand(port, data, options))
    try {
      await runWrk({ ...oneKey(), url: server.url + PROBE_PATH }, seconds)
    } finally {
      await server.stop()
    }
  })
}

function toOutcome({ nodes, samples, timeDeltas }: CpuProfile): Outcome {
  const places = new Map(nodes.map(({ id, callFrame }) => [id, placeOf(callFrame)]))
  const selfUs = new Map<string, number>()
  for (const [index, id] of samples.entries()) {
    const place = places.get(id) ?? 'unknown'
    selfUs.set(place, (selfUs.get(place) ?? 0) + (timeDeltas[index] ?? 0))
  }
  const totalUs = [...selfUs.values()].reduce((sum, us) => sum + us, 0)
  const rows = [...selfUs]
    .sort(([, a], [, b]) => b - a)
    .slice(0, FUNCTIONS_SHOWN)
    .map(([place, us]) => ({ place, selfPercent: (us / totalUs) * 100, selfMs: us / 1000 }))
  return {
    sheets: [
      {
        title: 'The probe under full load with one key, by self time',
        columns: [
          { key: 'place', head: 'function' },
          { key: 'selfPercent', head: 'self %', digits: 1 },
          { key: 'selfMs', head: 'self ms', digits: 0 },
        ],
        rows,
        notes: [
          `${samples.length} samples. Bun's own C++ and Zig (HTTP, Headers) show as the function that called them.`,
        ],
      },
    ],
  }
}

function placeOf({ functionName, url, lineNumber }: CpuProfile['nodes'][number]['callFrame']): string {
  const name = functionName || '(anonymous)'
  if (url === '') return name
  const path = url.startsWith('file://') ? relative(ROOT, new URL(url).pathname) : url
  return `${name} ${path}:${lineNumber + 1}`
}
