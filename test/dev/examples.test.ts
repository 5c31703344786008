import { expect, test } from 'bun:test'
import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { emptyFolder, KEYWARD } from '../helpers/process.ts'

const README = readFileSync(join(import.meta.dir, '../../src/dev/README.md'), 'utf8')

/** The example that the README shows under a file's name. */
function example(file: string): string {
  const after = README.slice(README.indexOf(`\`${file}\``))
  return /```\w+\n([\s\S]*?)```/.exec(after)?.[1] ?? ''
}

/** Runs words in a folder with these files, and with `keyward` on the path. @returns all that was said */
async function run(files: Record<string, string>, ...words: string[]) {
  const folder = emptyFolder()
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  writeFileSync(
    join(folder, 'keyward'),
    `#!/bin/sh\nexec ${KEYWARD.map((word) => resolve(word)).join(' ')} "$@"\n`,
  )
  chmodSync(join(folder, 'keyward'), 0o755)
  const child = Bun.spawn(words, {
    cwd: folder,
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}`, PYTHONDONTWRITEBYTECODE: '1' },
    stdout: 'pipe',
    stderr: 'pipe',
  })
  const said = await Promise.all([new Response(child.stdout).text(), new Response(child.stderr).text()])
  return { code: await child.exited, said: said.join('\n') }
}

const js = { 'keyward.ts': example('keyward.ts'), 'example.test.ts': example('example.test.ts') }

test('the README’s example for bun test passes as it stands', async () => {
  const { code, said } = await run(js, process.execPath, 'test')
  expect([code, said]).toEqual([0, expect.stringContaining('2 pass')])
})

// Bun's runner knows what Vitest exports; Vitest itself is no dependency of ours.
test('the README’s example passes with Vitest’s import', async () => {
  const files = { ...js, 'example.test.ts': js['example.test.ts'].replace('bun:test', 'vitest') }
  const { code, said } = await run(files, process.execPath, 'test')
  expect([code, said]).toEqual([0, expect.stringContaining('2 pass')])
})

const runner = Bun.which('pytest') ? ['pytest', '-q'] : ['python3', '-m', 'unittest']

test.if(Bun.which(runner[0] ?? '') !== null)(
  `the README’s example for Python passes with ${runner[0]}`,
  async () => {
    const { code, said } = await run({ 'test_example.py': example('test_example.py') }, ...runner)
    expect([code, said]).toEqual([0, expect.stringMatching(/OK|1 passed/)])
  },
)
