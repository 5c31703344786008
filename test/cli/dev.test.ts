import { expect, test } from 'bun:test'
import { call } from '../helpers/call.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'

const clock = (folder: string, ...words: string[]) => keyward(['dev', 'clock', ...words, '--data', folder])

test('dev clock freezes and resumes the time of the server that runs on the folder', async () => {
  const folder = emptyFolder()
  const server = await serveProcess(['--dev', '--data', folder])
  expect((await clock(folder, 'freeze')).stdout).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\dZ, frozen\n$/)
  const frozen = (await call(server.url, 'GET /_dev/clock')).json
  expect(frozen.frozen).toBe(true)
  expect(JSON.parse((await clock(folder, 'show', '--json')).stdout)).toEqual(frozen)
  expect(JSON.parse((await clock(folder, 'resume', '--json')).stdout).frozen).toBe(false)
})

test('dev without a server says so and ends with 3; with one that is not for development it is refused', async () => {
  const folder = emptyFolder()
  expect(await clock(folder, 'show')).toEqual({
    code: 3,
    stdout: '',
    stderr: `error: no server answers on the data folder ${folder}\n`,
  })
  await serveProcess(['--data', folder])
  const { code, stderr } = await clock(folder, 'freeze')
  expect([code, stderr]).toEqual([1, 'error: the server does not run under --dev\n'])
})
