import { describe, expect, test } from 'bun:test'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { MOVES, refuseBadMove, type TaskStatus, wayTo } from '../../../src/workfunder/tasks/lifecycle.ts'

describe('the table of moves', () => {
  test('is what the wing’s README shows', () => {
    const readme = readFileSync(join(import.meta.dir, '../../../src/workfunder/README.md'), 'utf8')
    for (const { from, to, by, when } of MOVES) {
      expect(readme).toContain(`| \`${from}\` | \`${to}\` | ${by.join(', ')} | ${when} |`)
    }
    const rows = readme.match(/^\| `\w+` \| `\w+` \| [a-z, ]+ \|/gm) ?? []
    expect(rows).toHaveLength(MOVES.length)
  })

  test('leads from pending to every state', () => {
    const states = new Set<TaskStatus>(MOVES.flatMap(({ from, to }) => [from, to]))
    expect(states.size).toBe(11)
    for (const state of states)
      if (state !== 'pending') expect([state, wayTo('pending', state)?.at(-1)?.to]).toEqual([state, state])
  })

  test('has no way back from refunded, and only a dispute after completion', () => {
    expect(wayTo('refunded', 'pending')).toBeNull()
    expect(MOVES.filter(({ from }) => from === 'completed').map(({ to }) => to)).toEqual(['disputed'])
  })
})

describe('a wrong move', () => {
  test('is refused naming the state and the moves it allows', () => {
    expect(() => refuseBadMove('assigned', 'completed', 'developer')).toThrow(
      'The task is assigned and cannot become completed: it can become in_progress, posted, cancelled.',
    )
    expect(() => refuseBadMove('refunded', 'cancelled', 'developer')).toThrow(
      'nothing can change it any more',
    )
  })

  test('is also one that somebody else might make', () => {
    expect(() => refuseBadMove('posted', 'assigned', 'worker')).not.toThrow()
    expect(() => refuseBadMove('posted', 'assigned', 'developer')).toThrow('cannot become assigned')
  })
})
