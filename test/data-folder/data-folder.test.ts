import { describe, expect, test } from 'bun:test'
import {
  chmodSync,
  chownSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import {
  type DataFolder,
  dataFolder,
  holdsData,
  prepareFolder,
  tightenFiles,
} from '../../src/data-folder/folder.ts'
import { folderFailure } from '../../src/data-folder/folder-failure.ts'
import { takeOwnership } from '../../src/data-folder/lock.ts'
import { openSecret } from '../../src/data-folder/secret.ts'
import { withShortPath } from '../../src/data-folder/short-path.ts'
import { openDatabase } from '../../src/db/open.ts'
import { CAN_MOUNT, fill, makeReadOnly, NEEDS_MOUNT, smallDisk } from '../helpers/disk.ts'
import { emptyFolder } from '../helpers/process.ts'

const modeOf = (path: string) => statSync(path).mode & 0o777

function newFolder() {
  const folder = dataFolder(join(emptyFolder(), 'data'))
  prepareFolder(folder)
  return folder
}

test('the folder, the database with its journal and the secret are their owner’s alone', () => {
  const folder = newFolder()
  openSecret(folder)
  const db = openDatabase(folder.database)
  expect(modeOf(folder.path)).toBe(0o700)
  for (const file of [folder.secret, folder.database, `${folder.database}-wal`])
    expect(modeOf(file)).toBe(0o600)
  db.$client.close()
})

test('rights that a copy gave away are taken back', () => {
  const folder = newFolder()
  openSecret(folder)
  writeFileSync(folder.runs, '')
  for (const file of [folder.secret, folder.runs]) chmodSync(file, 0o644)
  tightenFiles(folder)
  expect([modeOf(folder.secret), modeOf(folder.runs)]).toEqual([0o600, 0o600])
})

describe('an existing folder that is open to others', () => {
  function openFolder(file: string | null) {
    const folder = dataFolder(emptyFolder())
    chmodSync(folder.path, 0o755)
    if (file !== null) writeFileSync(join(folder.path, file), '')
    return folder
  }

  test.each([null, 'keyward.db', 'lost+found'])(
    'and holds nothing but Keyward’s own (%s) is closed',
    (file) => {
      const folder = openFolder(file)
      prepareFolder(folder)
      expect(modeOf(folder.path)).toBe(0o700)
    },
  )

  test('and holds somebody’s files is refused and left as it is', () => {
    const folder = openFolder('letter.txt')
    expect(() => prepareFolder(folder)).toThrow('is open to other users (mode 755)')
    expect(modeOf(folder.path)).toBe(0o755)
  })
})

describe('what keeps a data folder from being used', () => {
  const failureOf = (folder: DataFolder, work: () => unknown) => {
    try {
      work()
      return 'nothing'
    } catch (error) {
      return folderFailure(error, folder)?.message
    }
  }

  test('is said of a path that is too long', () => {
    const folder = dataFolder(join(emptyFolder(), 'x'.repeat(300)))
    const message = 'the path of the data folder is longer than the system allows; choose another with --data'
    expect(failureOf(folder, () => prepareFolder(folder))).toBe(message)
    expect(failureOf(folder, () => holdsData(folder))).toBe(message)
  })

  test('is said of a damaged lock, which is no damaged database', () => {
    const folder = newFolder()
    writeFileSync(folder.lock, 'this is no database, it is long enough to be read as one'.repeat(50))
    expect(failureOf(folder, () => takeOwnership(folder))).toContain('owner.lock is damaged')
  })

  test.skipIf(process.getuid?.() !== 0)(
    'is said of another user’s folder, by whose it is (needs root)',
    () => {
      const folder = newFolder()
      chownSync(folder.path, 12_345, 12_345)
      const denied = Object.assign(new Error('EACCES'), { code: 'EACCES', path: folder.path })
      expect(folderFailure(denied, folder)?.message).toBe(
        `${folder.path} belongs to user 12345; run this as user 12345`,
      )
      chownSync(folder.path, 0, 0)
      expect(folderFailure(denied, folder)?.message).toContain('cannot be used as the data folder (EACCES)')
    },
  )

  test('is that a file is no folder, whatever the system says of it', () => {
    const file = join(newFolder().path, 'file')
    writeFileSync(file, '')
    for (const path of [file, join(file, 'below')]) {
      const folder = dataFolder(path)
      expect(failureOf(folder, () => prepareFolder(folder))).toBe(
        `${file} is not a folder; choose another with --data`,
      )
    }
    const denied = Object.assign(new Error('EACCES'), { code: 'EACCES', path: file })
    expect(folderFailure(denied, dataFolder(file))?.message).toContain('is not a folder')
  })

  test.each(['database', 'lock', 'secret'] as const)('is that a folder has the name of the %s', (name) => {
    const folder = newFolder()
    mkdirSync(folder[name])
    const open = {
      database: () => openDatabase(folder.database),
      lock: () => takeOwnership(folder),
      secret: () => openSecret(folder),
    }
    expect(failureOf(folder, open[name])).toBe(`${folder[name]} is a folder; it must be a file`)
  })

  test('is a file in it that cannot be read, by its name', () => {
    const folder = newFolder()
    symlinkSync(folder.secret, folder.secret)
    expect(failureOf(folder, () => openSecret(folder))).toBe(
      `${folder.secret} cannot be used (ELOOP): look at what stands there`,
    )
  })

  test.skipIf(!CAN_MOUNT)(`is that the disk is full, for the index of the journal too${NEEDS_MOUNT}`, () => {
    const folder = dataFolder(smallDisk(1))
    writeFileSync(join(folder.path, 'ballast'), Buffer.alloc((1 << 20) - 16 * 1024))
    expect(failureOf(folder, () => openDatabase(folder.database))).toBe(
      `the disk that holds ${folder.path} is full`,
    )
  })

  test.skipIf(!CAN_MOUNT)(`is that the disk is read-only${NEEDS_MOUNT}`, () => {
    const folder = dataFolder(smallDisk(8))
    openDatabase(folder.database).$client.close()
    makeReadOnly(folder.path)
    const message = `the disk that holds ${folder.path} is read-only`
    expect(failureOf(folder, () => openDatabase(folder.database))).toBe(message)
    expect(failureOf(folder, () => openSecret(folder))).toBe(message)
  })

  test('is left unnamed where the error is a defect', () => {
    expect(folderFailure(new TypeError('x is undefined'), newFolder())).toBeNull()
  })
})

describe('the secret', () => {
  test('is made once and stays', () => {
    const folder = newFolder()
    const { fingerprint } = openSecret(folder)
    expect(openSecret(folder).fingerprint).toBe(fingerprint)
    expect(openSecret(newFolder()).fingerprint).not.toBe(fingerprint)
  })

  test('gives each purpose a key of its own', () => {
    const secret = openSecret(newFolder())
    expect(secret.derive('a')).toEqual(secret.derive('a'))
    expect(secret.derive('a')).not.toEqual(secret.derive('b'))
    expect(secret.derive('a')).toHaveLength(32)
  })

  test('is refused where it is damaged, without being shown', () => {
    const folder = newFolder()
    writeFileSync(folder.secret, 'half a secret')
    expect(() => openSecret(folder)).toThrow('secret.key is damaged')
    expect(() => openSecret(folder)).not.toThrow('half')
    expect(readFileSync(folder.secret, 'utf8')).toBe('half a secret')
  })
})

describe('the owner’s lock', () => {
  const tryInAnotherProcess = async (path: string) => {
    const source = (name: string) => join(import.meta.dir, '../../src/data-folder', name)
    const script = `import { dataFolder } from '${source('folder.ts')}'
      import { folderFailure } from '../../src/data-folder/folder-failure.ts'
import { takeOwnership } from '${source('lock.ts')}'
      console.log(takeOwnership(dataFolder('${path}')) ? 'taken' : 'refused')`
    return new Response(Bun.spawn([process.execPath, '-e', script]).stdout).text()
  }

  test('keeps other processes out until it is released', async () => {
    const folder = newFolder()
    const lock = takeOwnership(folder)
    expect(await tryInAnotherProcess(folder.path)).toBe('refused\n')
    lock?.release()
    expect(await tryInAnotherProcess(folder.path)).toBe('taken\n')
  })

  test('ends with a process that is killed', async () => {
    const folder = newFolder()
    const source = (name: string) => join(import.meta.dir, '../../src/data-folder', name)
    const script = `import { dataFolder } from '${source('folder.ts')}'
      import { folderFailure } from '../../src/data-folder/folder-failure.ts'
import { takeOwnership } from '${source('lock.ts')}'
      globalThis.lock = takeOwnership(dataFolder('${folder.path}')); console.log('has it'); setInterval(() => {}, 1000)`
    const child = Bun.spawn([process.execPath, '-e', script])
    await child.stdout.getReader().read()
    expect(takeOwnership(folder)).toBeNull()
    child.kill('SIGKILL')
    await child.exited
    expect(takeOwnership(folder)).not.toBeNull()
  })
})

describe('a socket path that is too long', () => {
  test('is reached by a short one, which is gone afterwards', async () => {
    const deep = dataFolder(join(emptyFolder(), 'd'.repeat(60), 'e'.repeat(60)))
    prepareFolder(deep)
    let used = ''
    await withShortPath(deep.socket, (path) => {
      used = path
      writeFileSync(path, 'here')
    })
    expect(Buffer.byteLength(used)).toBeLessThan(104)
    expect(readFileSync(deep.socket, 'utf8')).toBe('here')
    expect(existsSync(used)).toBe(false)
  })

  test('is used as it is where it fits', async () => {
    await withShortPath('/tmp/short.sock', (path) => expect(path).toBe('/tmp/short.sock'))
  })
})

describe('secret.key', () => {
  test.each(['secret', 'nextSecret'] as const)(
    'that is a folder (%s), as Docker makes of a mount that is not there, is told of in words',
    (name) => {
      const folder = newFolder()
      mkdirSync(folder[name])
      expect(() => openSecret(folder)).toThrow(`${folder[name]} is a folder; it must be a file`)
      rmSync(folder[name], { recursive: true })
      openSecret(folder)
    },
  )

  test('that was to be a link to a file that is not there is not replaced', () => {
    const folder = newFolder()
    symlinkSync(join(folder.path, 'elsewhere'), folder.secret)
    expect(() => openSecret(folder)).toThrow('ENOENT')
    expect(lstatSync(folder.secret).isSymbolicLink()).toBe(true)
  })

  test.skipIf(!CAN_MOUNT)(
    `that cannot be made on a full disk is made once there is room${NEEDS_MOUNT}`,
    () => {
      const folder = dataFolder(smallDisk(1))
      const free = fill(folder.path)
      expect(() => openSecret(folder)).toThrow('ENOSPC')
      free()
      const { fingerprint } = openSecret(folder)
      expect(openSecret(folder).fingerprint).toBe(fingerprint)
      expect(readdirSync(folder.path)).toEqual(['secret.key'])
    },
  )
})
