import { expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { join } from 'node:path'
import { openClient } from '../../../src/db/driver.ts'
import { emptyFolder, serveProcess } from '../../helpers/process.ts'
import { type Received, webhookReceiver } from '../../helpers/webhook-receiver.ts'

const PUBLISH_AND_DIE = join(import.meta.dir, 'publish-and-die.ts')

/** As --dev, on a folder that has no dev.env to greet with. */
const DEV = { KEYWARD_DEV: '1' }

/** Leaves two events of a task in the outbox of a process that was killed. @returns the signing secret. */
async function publishAndDie(folder: string, url: string): Promise<string> {
  const child = Bun.spawn([process.execPath, PUBLISH_AND_DIE, folder, url], { stdout: 'pipe' })
  const secret = (await new Response(child.stdout).text()).trim()
  await child.exited
  expect(child.signalCode).toBe('SIGKILL')
  return secret
}

function isSigned({ headers, text }: Received, secret: string): boolean {
  const message = `${headers.get('x-workfunder-timestamp')}.${text}`
  const hex = createHmac('sha256', secret).update(message).digest('hex')
  return headers.get('x-workfunder-signature') === `v1=${hex}`
}

/** The delivery log as it stands on disk, of a server that has ended: event, status and attempts of each. */
function logOf(folder: string): unknown[] {
  const client = openClient(join(folder, 'keyward.db'))
  const rows = client
    .prepare(
      `select event, status, attempts, (select count(*) from webhook_attempts where delivery_seq = d.seq) as logged
       from webhook_deliveries d order by seq`,
    )
    .all()
  client.close()
  return rows
}

const delivered = (event: string) => ({ event, status: 'delivered', attempts: 1, logged: 1 })

test('kill -9 between the change and its delivery: the next start delivers it, in order, once', async () => {
  const folder = emptyFolder()
  const { url, received, log, until } = webhookReceiver()
  const secret = await publishAndDie(folder, url)
  expect(received).toEqual([])
  const server = await serveProcess(['--data', folder], DEV)
  await until(2)
  expect((await server.stop()).code).toBe(0)
  expect(log()).toEqual(['task.created 1', 'task.funded 1'])
  expect(received.map((one) => isSigned(one, secret))).toEqual([true, true])
  expect(logOf(folder)).toEqual([delivered('task.created'), delivered('task.funded')])
})

test('kill -9 while a delivery is under way: it is sent again, and stands in the log once', async () => {
  const folder = emptyFolder()
  const { url, log, until } = webhookReceiver((_, count) => (count === 1 ? new Promise(() => {}) : 204))
  await publishAndDie(folder, url)
  const first = await serveProcess(['--data', folder], DEV)
  await until(1)
  await first.stop('SIGKILL')
  const second = await serveProcess(['--data', folder], DEV)
  await until(3)
  expect((await second.stop()).code).toBe(0)
  expect(log()).toEqual(['task.created 1', 'task.created 1', 'task.funded 1'])
  expect(logOf(folder)).toEqual([delivered('task.created'), delivered('task.funded')])
})

test('a server with a receiver that hangs still stops within seconds, and the event is kept', async () => {
  const folder = emptyFolder()
  const { url, until } = webhookReceiver(() => new Promise(() => {}))
  await publishAndDie(folder, url)
  const server = await serveProcess(['--data', folder], DEV)
  await until(1)
  expect((await server.stop()).code).toBe(0)
  expect(logOf(folder)).toMatchObject([{ status: 'pending', attempts: 0, logged: 0 }, { status: 'pending' }])
})
