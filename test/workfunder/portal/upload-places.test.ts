import { expect, test } from 'bun:test'
import { createUploadPlaces } from '../../../src/workfunder/portal/upload-places.ts'

function setUp() {
  const places = createUploadPlaces()
  const ends: (() => void)[] = []
  /** An upload that goes on until it is ended; 'busy' where there is no place. */
  const upload = (workerId: string) =>
    places
      .during(workerId, () => new Promise<void>((resolve) => void ends.push(resolve)))
      .then(
        () => 'done',
        (error) => `${error.code}: ${error.message}`,
      )
  return { upload, ends }
}

test('a worker has two uploads under way, and others have their own', async () => {
  const { upload, ends } = setUp()
  const under = [upload('ada'), upload('ada')]
  expect(await upload('ada')).toBe(
    'UNAVAILABLE: You have 2 uploads under way already. Please try again later.',
  )
  under.push(upload('bob'))
  for (const end of ends) end()
  expect(await Promise.all(under)).toEqual(['done', 'done', 'done'])
})

test('all workers together have eight, and each that ends makes room for one', async () => {
  const { upload, ends } = setUp()
  const under = Array.from({ length: 8 }, (_, i) => upload(`worker ${i}`))
  expect(await upload('ninth')).toBe('UNAVAILABLE: Too many uploads are under way. Please try again later.')
  ends[0]?.()
  expect(await under[0]).toBe('done')
  under.push(upload('ninth'))
  expect(await upload('tenth')).toStartWith('UNAVAILABLE')
  for (const end of ends) end()
  expect(await Promise.all(under)).toEqual(Array.from({ length: 9 }, () => 'done'))
})

test('an upload that fails gives its place back', async () => {
  const places = createUploadPlaces()
  for (let i = 0; i < 20; i++) {
    const failed = places.during('ada', () => Promise.reject(new Error('broken off')))
    expect(failed).rejects.toThrow('broken off')
    await failed.catch(() => {})
  }
})

test('a worker whose one upload of two has ended may begin one more, and not two', async () => {
  const { upload, ends } = setUp()
  const under = [upload('ada'), upload('ada')]
  ends[0]?.()
  expect(await under[0]).toBe('done')
  under.push(upload('ada'))
  const next = upload('ada')
  for (const end of ends) end()
  expect(await next).toStartWith('UNAVAILABLE: You have 2 uploads')
  expect(await Promise.all(under)).toEqual(['done', 'done', 'done'])
})
