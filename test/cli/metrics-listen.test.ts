import { expect, test } from 'bun:test'
import { serveMetrics } from '../../src/metrics/metrics-page.ts'
import { afterTest } from '../helpers/after-test.ts'
import { emptyFolder, keyward, serveProcess } from '../helpers/process.ts'
import { scrape, sumOf } from '../helpers/scrape.ts'
import { served } from '../helpers/served.ts'
import { testApp } from '../helpers/test-app.ts'

test('with --metrics-listen the metrics have an address of their own, and stand nowhere else', async () => {
  const folder = emptyFolder()
  const server = await serveProcess(['--data', folder, '--metrics-listen', '127.0.0.1:0'])
  expect((await fetch(`${server.url}/metrics`)).status).toBe(404)
  const { stderr, code } = await server.stop()
  expect([code, stderr]).toEqual([
    0,
    expect.stringMatching(/^note: the metrics are on http:\/\/127\.0\.0\.1:\d+\/metrics\n$/),
  ])
})

test('at that address there are the metrics alone, of the same server', async () => {
  const { app, url } = testApp()
  const { url: metricsUrl, stop } = await serveMetrics({ host: '127.0.0.1', port: 0 }, app.metrics)
  afterTest(stop)
  await fetch(`${url}/livez`)
  expect(sumOf(await scrape(metricsUrl), 'keyward_http_requests_total')).toBe(1)
  const at = new URL(metricsUrl).origin
  const statuses = await Promise.all(
    [`${at}/livez`, `${at}/v1/account`, `${at}/`].map(async (other) => (await fetch(other)).status),
  )
  expect([...statuses, (await fetch(metricsUrl, { method: 'POST' })).status]).toEqual([404, 404, 404, 404])
})

test('an address of --metrics-listen that is in use stops the start, and is named', async () => {
  const { port } = served(() => new Response())
  const flags = ['--port', '0', '--metrics-listen', `127.0.0.1:${port}`]
  const { code, stdout, stderr } = await keyward(['serve', '--data', emptyFolder(), ...flags])
  expect([code, stdout]).toEqual([1, ''])
  expect(stderr).toContain(`error: --metrics-listen: nobody can listen on 127.0.0.1:${port} (EADDRINUSE)`)
})

test('a name without an address after --metrics-listen is told as such', async () => {
  const flags = ['--port', '0', '--metrics-listen', 'nowhere.invalid:0']
  const { code, stderr } = await keyward(['serve', '--data', emptyFolder(), ...flags])
  expect([code, stderr]).toEqual([
    1,
    'error: --metrics-listen: nobody can listen on nowhere.invalid:0 (ENOTFOUND)\n',
  ])
})
