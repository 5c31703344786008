import { expect, test } from 'bun:test'
import { join } from 'node:path'
import { type Patience, withAdmin } from '../../src/cli/connect.ts'
import { dataFolder } from '../../src/data-folder/folder.ts'
import { takeOwnership } from '../../src/data-folder/lock.ts'
import { afterTest } from '../helpers/after-test.ts'
import { emptyFolder } from '../helpers/process.ts'

/** A data folder that a server of ours holds, which answers its admin socket like this. */
function heldFolder(answer: (request: Request) => Response | Promise<Response>) {
  const folder = dataFolder(join(emptyFolder()))
  const lock = takeOwnership(folder)
  const server = Bun.serve({ unix: folder.socket, fetch: answer })
  afterTest(() => {
    lock?.release()
    return server.stop(true)
  })
  return folder
}

const never = () => new Promise<Response>(() => {})
const LONG_MS = 4000

const listAccounts = (folder: ReturnType<typeof dataFolder>, patience: Partial<Patience>) =>
  withAdmin(folder, true, (admin) => admin.accounts.list(), {
    forOwner: LONG_MS,
    forAnswer: LONG_MS,
    ...patience,
  })

test('a command gives up on a server that holds the folder and hangs', async () => {
  await expect(listAccounts(heldFolder(never), { forOwner: 20 })).rejects.toThrow(
    'does not answer on its admin socket',
  )
})

test('a command gives up on a server that hangs in the middle, and does not claim that nothing was done', async () => {
  const folder = heldFolder(({ method }) => (method === 'GET' ? Response.json({}) : never()))
  await expect(listAccounts(folder, { forAnswer: 20 })).rejects.toThrow(
    'whether it did what was asked is not known',
  )
})

test('a command that a server breaks off says so in words', async () => {
  const folder = heldFolder(({ method }) => (method === 'GET' ? Response.json({}) : new Response('{"val')))
  await expect(listAccounts(folder, {})).rejects.toThrow('whether it did what was asked is not known')
})
