import { describe, expect, test } from 'bun:test'
import { secretOf } from '../../../src/data-folder/secret.ts'
import { createProofUrls } from '../../../src/workfunder/proof-files/proof-urls.ts'
import type { Proof } from '../../../src/workfunder/tasks/task.ts'
import { manualClock } from '../../helpers/manual-clock.ts'

const FILE = `${'ab'.repeat(16)}.jpg`

function setUp() {
  const clock = manualClock()
  const urls = createProofUrls({ secret: secretOf(Buffer.alloc(32, 1)), clock })
  const path = urls.pathOf({ fileName: FILE } as Proof) ?? ''
  const query = new URL(path, 'http://x').searchParams
  const isGood = (change: Record<string, string> = {}, name = FILE) =>
    urls.isGood(name, change.expires ?? query.get('expires'), change.signature ?? query.get('signature'))
  return { clock, urls, path, query, isGood }
}

describe('the address of a proof’s file', () => {
  test('names the file, the second it expires and a signature', () => {
    expect(setUp().path).toMatch(/^\/proofs\/signed\/\w{32}\.jpg\?expires=1795255200&signature=[0-9a-f]{64}$/)
  })

  test('is good for an hour and not a millisecond longer', () => {
    const { clock, isGood } = setUp()
    clock.advance(3_600_000 - 1)
    expect(isGood()).toBe(true)
    clock.advance(1)
    expect(isGood()).toBe(false)
  })

  test('is good for its file only, and for no other time or signature', () => {
    const { isGood } = setUp()
    expect(isGood({}, `${'cd'.repeat(16)}.jpg`)).toBe(false)
    expect(isGood({ expires: '1795255201' })).toBe(false)
    expect(isGood({ expires: 'never' })).toBe(false)
    expect(isGood({ signature: '0'.repeat(64) })).toBe(false)
    expect(isGood({ signature: '' })).toBe(false)
  })

  test('is none where a proof has no file', () => {
    expect(setUp().urls.pathOf({ fileName: null } as Proof)).toBeNull()
  })
})
