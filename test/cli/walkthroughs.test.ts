import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterTest } from '../helpers/after-test.ts'
import { emptyFolder, serveProcess } from '../helpers/process.ts'

const ROOT = join(import.meta.dir, '../..')

/** What the shell script that a page shows first after a heading prints, run against a server of its own. */
async function walked(page: string, heading: string, change = (script: string) => script): Promise<string> {
  const folder = emptyFolder()
  const server = await serveProcess(['--dev', '--data', folder])
  const text = readFileSync(join(ROOT, page), 'utf8')
  const [, shown = ''] = /^```sh\n(.*?)^```$/ms.exec(text.slice(text.indexOf(`\n## ${heading}\n`))) ?? []
  const script = change(shown)
    .replaceAll('http://localhost:3000', server.url)
    .replace('data/dev.env', join(folder, 'dev.env'))
  const shell = Bun.spawn(['bash', '-c', script], { stderr: 'pipe' })
  afterTest(() => shell.kill('SIGKILL'))
  const [stdout] = await Promise.all([new Response(shell.stdout).text(), shell.exited])
  return stdout
}

/** Waits for the run itself, however long it takes, and not for a time. */
function withoutSleep(script: string): string {
  const lastLine = script.trimEnd().split('\n').at(-1)
  const ended = `until ${lastLine} | grep -qE '"status":"(completed|failed)","trigger'; do :; done`
  return script
    .replace('"duration": 2,', '"duration": 0.01,')
    .replace('sleep 3\n', '')
    .replace(`${lastLine}`, `${ended}\n${lastLine}`)
}

describe('what a page tells to type works as it is printed:', () => {
  test('the first requests of the README', async () => {
    const printed = await walked('README.md', 'A first request')
    const [workflows = '', account = ''] = printed.split(/(?<=\})(?=\{"id")/)
    expect(JSON.parse(workflows)).toEqual({ success: true, data: [], meta: { cursor: null, hasMore: false } })
    expect(JSON.parse(account)).toMatchObject({ name: 'Local developer', tier: 'growth' })
  })

  test('the walkthrough of Workflows ends with the run’s output', async () => {
    const printed = await walked('src/workflows/README.md', 'From a webhook to a result', withoutSleep)
    expect(printed).toContain('"workflowsTriggered":1')
    expect(printed).toContain('"output":{"amount":150,"service":"pass"}')
  })

  test('the walkthrough of WorkFunder ends with an approved proof', async () => {
    const heading = 'From first key to a completed sandbox task'
    const printed = await walked('src/workfunder/README.md', heading)
    expect([...printed.matchAll(/"status":"(\w+)"/g)].map(([, status]) => status)).toEqual([
      'funded',
      'completed',
      'approved',
    ])
  })
})
