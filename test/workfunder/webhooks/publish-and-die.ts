import { createApp } from '../../../src/app.ts'
import { createSystemClock } from '../../../src/clock.ts'
import { dataFolder, prepareFolder } from '../../../src/data-folder/folder.ts'
import { openSecret } from '../../../src/data-folder/secret.ts'
import { openDatabase } from '../../../src/db/open.ts'
import { OPERATOR } from '../../helpers/audit.ts'

// A process for restart.test.ts: changes a task's state, and is killed before anything was delivered.

const [path = '', url = ''] = process.argv.slice(2)
const folder = dataFolder(path)
prepareFolder(folder)
const db = openDatabase(folder.database)
const app = createApp({
  db,
  secret: openSecret(folder),
  clock: createSystemClock(),
  addressLimit: 300,
  egress: { allowPrivate: true, allowHttpLoopback: true },
  sandboxPace: 1,
  proofsFolder: folder.proofs,
  runsFile: folder.runs,
  runHistoryMs: 86_400_000,
  workflowEnv: {},
})
const account = await app.admin.accounts.create({ name: 'a' })
const { secret } = await app.webhooks.configure(account.id, 'test', { url }, OPERATOR)
process.stdout.write(`${secret}\n`)
db.transaction(
  () => {
    for (const event of ['task.created', 'task.funded'] as const) {
      const about = { accountId: account.id, environment: 'test', taskId: 't1' } as const
      app.webhooks.publish({ ...about, event, data: { id: 't1' } })
    }
  },
  { behavior: 'immediate' },
)
process.kill(process.pid, 'SIGKILL')
