import { OPERATOR } from './audit.ts'
import { type Call, call, type Reply } from './call.ts'
import { testApp } from './test-app.ts'

export const TIMES_SQUARE = { latitude: 40.758, longitude: -73.9855 }

/** The beginning of a JPEG of this size, in pixels: an application segment, then the frame header. */
export function jpegOf(width: number, height: number): Buffer<ArrayBuffer> {
  const sizes = Buffer.alloc(4)
  sizes.writeUInt16BE(height, 0)
  sizes.writeUInt16BE(width, 2)
  const upToSize = Buffer.from('ffd8ffe000104a46494600010100000100010000ffc0001108', 'hex')
  return Buffer.concat([upToSize, sizes, Buffer.from('03', 'hex'), Buffer.alloc(100, 1)])
}

/** The beginning of a PNG of this size, in pixels. */
export function pngOf(width: number, height: number): Buffer<ArrayBuffer> {
  const sizes = Buffer.alloc(8)
  sizes.writeUInt32BE(width, 0)
  sizes.writeUInt32BE(height, 4)
  return Buffer.concat([Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), sizes, Buffer.alloc(100, 2)])
}

export const JPEG = jpegOf(640, 480)
export const PNG = pngOf(640, 480)

export const TASK = {
  title: 'Photograph',
  description: 'Three pictures',
  instructions: 'Ask for Kim',
  category: 'photography',
  budget_cents: 5000,
  metadata: { order: 'secret-42' },
  location: { city: 'New York', state: 'NY', address: '1 Broadway', ...TIMES_SQUARE },
}

/** A form as a worker's telephone sends it; undefined takes a field out. */
export function proofForm(change: Record<string, string | Blob | undefined> = {}): FormData {
  const fields = {
    file: new File([JPEG], 'photo.jpg', { type: 'image/jpeg' }),
    ...textOf(TIMES_SQUARE),
    ...change,
  }
  const form = new FormData()
  for (const [name, value] of Object.entries(fields)) if (value !== undefined) form.append(name, value)
  return form
}

/** A Keyward with a funded developer and two workers, Ada and Bob. */
export async function portalApp(options: Parameters<typeof testApp>[0] = {}) {
  const keyward = testApp(options)
  const account = await keyward.app.admin.accounts.create({ name: 'Acme', tier: 'enterprise' })
  keyward.app.ledger.credit(account.id, 50_000, OPERATOR)
  const live = await keyward.workfunderKey('live', account.id)
  const hired = { lastName: 'Doe', city: 'New York', state: 'NY', ...TIMES_SQUARE }
  const ada = await keyward.app.admin.workers.create({ firstName: 'Ada', ...hired })
  const bob = await keyward.app.admin.workers.create({ firstName: 'Bob', ...hired })
  const developer = (line: string, json?: unknown) => keyward.workfunder(line, { bearer: live, json })
  const portal = (line: string, options: Call = {}): Promise<Reply> =>
    call(`${keyward.url}/portal`, line, { bearer: ada.key, ...options })

  /** @returns the id of a live task that waits for a worker. */
  async function postTask(change: object = {}): Promise<string> {
    const { id } = (await developer('POST /tasks', { ...TASK, ...change })).json
    await developer(`POST /tasks/${id}/fund`)
    return id
  }

  /** @returns the id of a task that Ada has checked in to. */
  async function startTask(change: object = {}): Promise<string> {
    const id = await postTask(change)
    await portal(`POST /tasks/${id}/accept`)
    await portal(`POST /tasks/${id}/check-in`, { json: TIMES_SQUARE })
    return id
  }

  return { ...keyward, account, ada, bob, developer, portal, postTask, startTask }
}

// --- internal ---

function textOf({ latitude, longitude }: typeof TIMES_SQUARE) {
  return { latitude: `${latitude}`, longitude: `${longitude}` }
}
