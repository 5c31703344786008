import { expect, test } from 'bun:test'
import { nextTurn } from '../../src/lib/next-turn.ts'
import { createRequestGarbage } from '../../src/requests/request-garbage.ts'
import { testApp } from '../helpers/test-app.ts'

/** What nobody holds but weakly. */
function garbage(): WeakRef<object>[] {
  return Array.from({ length: 1000 }, (_, number) => new WeakRef({ number }))
}

function left(refs: readonly WeakRef<object>[]): number {
  return refs.filter((ref) => ref.deref() !== undefined).length
}

test('what three thousand requests left behind is gone after the next turn', async () => {
  let answered = 0
  const collect = createRequestGarbage(() => answered)
  const refs = garbage()
  // Until then the language keeps what was just made.
  await nextTurn()
  answered += 3000
  collect()
  // What looks like an address on the stack is kept.
  expect(left(refs)).toBeLessThan(100)
})

test('a server collects it in its background work, once so many requests were answered', async () => {
  const { app } = testApp()
  for (let i = 0; i < 3000; i++) {
    const exchange = app.recorder.begin(new Request('http://localhost/'))
    app.recorder.end(exchange, new Response(), 0, null)
  }
  const refs = garbage()
  await nextTurn()
  app.tick()
  expect(left(refs)).toBeLessThan(100)
})
