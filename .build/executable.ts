import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { THREADS } from '../src/threads.ts'

// Makes dist/keyward for this machine's platform. It is built twice: the first one serves for a moment and records
// which functions a start uses, and the second has their bytecode in that order, side by side. That takes a third off
// the start and some MiB off its memory (README, "Development").

const ROOT = join(import.meta.dir, '..')
const EXECUTABLE = join(ROOT, 'dist/keyward')

/**
 * How many times as often as usual a function must run before it is compiled: those that only a start uses are not.
 * cli/serve.ts sets it back to 1 once requests come. A command that goes through a million rows reaches it too.
 */
const JIT_POLICY_AT_START = 256

/** The longest that the recorded start may take, in ms; it takes a tenth of a second. */
const RECORDING_MAX_MS = 30_000

const scratch = mkdtempSync(join(tmpdir(), 'keyward-build-'))
try {
  const order = join(scratch, 'bytecode-order')
  await build(null)
  await recordStart(order)
  await build(order)
} finally {
  rmSync(scratch, { recursive: true, force: true })
}

/** @throws AggregateError with what the bundler found wrong */
async function build(bytecodeOrder: string | null): Promise<void> {
  await Bun.build({
    entrypoints: ['main.ts', ...Object.values(THREADS)].map((file) => join(ROOT, 'src', file)),
    compile: {
      outfile: EXECUTABLE,
      autoloadDotenv: false,
      autoloadBunfig: false,
      bytecodeOrder,
      jitPolicy: JIT_POLICY_AT_START,
    },
    minify: true,
    bytecode: true,
    format: 'esm',
    splitting: true,
  })
}

/** One start, one request to each API, and a clean stop, which writes the record. */
async function recordStart(order: string): Promise<void> {
  const server = Bun.spawn([EXECUTABLE, 'serve', '--port', '0', '--data', join(scratch, 'data')], {
    env: { ...process.env, KEYWARD_LOG_LEVEL: 'error', BUN_BYTECODE_ORDER_OUT: order },
    stdout: 'pipe',
    stderr: 'inherit',
    timeout: RECORDING_MAX_MS,
  })
  const url = await addressIn(server.stdout)
  for (const path of ['/livez', '/api/v1/workflows', '/v1/account']) await fetch(url + path)
  server.kill('SIGTERM')
  if ((await server.exited) !== 0) throw new Error('the executable does not stop cleanly')
}

async function addressIn(stdout: ReadableStream<Uint8Array>): Promise<string> {
  let text = ''
  for await (const chunk of stdout.pipeThrough(new TextDecoderStream())) {
    text += chunk
    const [url] = /http:\/\/\S+/.exec(text) ?? []
    if (url) return url
  }
  throw new Error('the executable does not start')
}
