import { describe, expect, test } from 'bun:test'
import { readdirSync, readFileSync } from 'node:fs'
import { call } from '../../helpers/call.ts'
import { emptyFolder, KEYWARD, keyward, serveProcess } from '../../helpers/process.ts'

describe.skipIf(process.platform !== 'linux')(
  'the engine’s thread waits for a core behind the one that answers requests,',
  () => {
    test.each([
      ['in a server of usual priority', []],
      ['and in one that waits behind other programs itself', ['nice', '-n', '10']],
    ])('%s', async (_, before) => {
      const folder = emptyFolder()
      const create = ['admin', 'keys', 'create', '--api', 'workflows', '--name', 'k', '--data', folder]
      const key = (await keyward(create)).stdout.trim()
      const server = await serveProcess(['--data', folder], {}, [...before, ...KEYWARD])
      const api = async (line: string, json?: unknown) =>
        (await call(`${server.url}/api/v1`, line, { key, json })).json.data
      const step = { id: 'a', type: 'transform', config: { mapping: { a: 1 } } }
      const { id } = await api('POST /workflows', { name: 'w', trigger: { type: 'api' }, steps: [step] })
      const { main = 0, others } = nicenessOf(server.pid)
      expect(others).not.toContain(main + 5)
      await api(`POST /workflows/${id}/activate`)
      expect(await api(`POST /workflows/${id}/run`, { mode: 'sync' })).toMatchObject({ status: 'completed' })
      const after = nicenessOf(server.pid)
      expect([after.main, after.others.includes(main + 5)]).toEqual([main, true])
    })
  },
)

/** Of each thread of a process: the 19th field of its line in /proc (proc_pid_stat(5)). */
function nicenessOf(pid: number): { main: number | undefined; others: number[] } {
  const threads = `/proc/${pid}/task`
  const niceness = new Map(readdirSync(threads).flatMap((id) => nicenessIn(`${threads}/${id}/stat`, id)))
  const main = niceness.get(String(pid))
  niceness.delete(String(pid))
  return { main, others: [...niceness.values()] }
}

function nicenessIn(file: string, id: string): [string, number][] {
  try {
    const [, ...fields] = readFileSync(file, 'utf8').split(') ')
    return [[id, Number(fields.join(') ').split(' ')[16])]]
  } catch {
    // It has ended meanwhile.
    return []
  }
}
