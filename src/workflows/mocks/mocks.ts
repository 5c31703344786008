import type { Clock } from '../../clock.ts'
import type { Db } from '../../db/open.ts'
import { AppError, PROBLEMS_MAX, refuseInvalid } from '../../errors.ts'
import { isWithin } from '../../lib/json-size.ts'
import { nearMiss } from '../../lib/near-miss.ts'
import { nextTurn } from '../../lib/next-turn.ts'
import type { Problem } from '../../lib/problem.ts'
import type { Cursor, Page } from '../page.ts'
import type { ProviderCall } from '../steps/provider-mocks.ts'
import { pathsIn, templateProblem } from '../templates/paths.ts'
import type { Mock, MockCall, MockName, NewMock } from './mock.ts'
import { createMockStore } from './mock-store.ts'

type PageOf = { after: Cursor | null; limit: number }

export type Mocks = ReturnType<typeof createMocks>

/** An account's mocks of providers' actions, and who met them. */
export function createMocks({ db, clock }: { db: Db; clock: Clock }) {
  const store = createMockStore(db)

  function get(name: MockName): Mock {
    const mock = store.get(name)
    if (!mock) throw new AppError('NOT_FOUND', 'Mock not found')
    return mock
  }

  return {
    /**
     * Declares a mock, or declares it anew: what is left out of the input is as in a first one.
     * @throws INVALID_INPUT for names that are none, and templates that are none.
     */
    put(name: MockName, input: NewMock): { mock: Mock; isNew: boolean } {
      const { output = {}, status = 200, delayMs = 0 } = input
      refuseInvalid([...nameProblems(name), ...outputProblems(output)])
      const now = clock.now()
      const createdAt = store.get(name)?.createdAt
      const id = `${name.provider}/${name.action}`
      const mock = { ...name, id, output, status, delayMs, createdAt: createdAt ?? now, updatedAt: now }
      store.put(mock)
      return { mock, isNew: createdAt === undefined }
    },

    /** @throws NOT_FOUND */
    get,

    list: (accountId: string, page: PageOf): Page<Mock> => store.list(accountId, page),

    /** @returns what was there; its calls stay. @throws NOT_FOUND */
    remove(name: MockName): Mock {
      const mock = get(name)
      store.remove(name)
      return mock
    },

    /** The newest first; also of a mock that is gone. */
    calls: (name: MockName, page: PageOf): Page<MockCall> => store.calls(name, page),

    /** Removes the calls that there are now, some in each turn. @returns how many. */
    async clearCalls(name: MockName): Promise<number> {
      const last = store.lastSeq(name)
      let removed = 0
      for (;;) {
        const more = store.removeCalls(name, last)
        if (more === 0) return removed
        removed += more
        await nextTurn()
      }
    },

    find: (accountId: string, provider: string, action: string): Mock | undefined =>
      store.get({ accountId, provider, action }),

    /** Of an input that is too large, a note is kept in its place. */
    record({ input, ...call }: ProviderCall): void {
      const kept = isWithin(input, INPUT_CHARS_MAX) ? input : INPUT_TOO_LARGE
      store.insertCall({ ...call, input: kept, id: Bun.randomUUIDv7(), createdAt: clock.now() })
    },

    /** Forgets some calls from before a time in ms. @returns how many; 0: no more are left. */
    prune: store.pruneCalls,
  }
}

// --- internal ---

/** In characters of JSON. An action takes a few kilobytes; a step's config may have 10 MiB, which take 0.4 s to write and to show. */
const INPUT_CHARS_MAX = 1024 * 1024
const INPUT_TOO_LARGE = '(not kept: more than 1 MiB)'

function nameProblems({ provider, action }: MockName): Problem[] {
  const problems: Problem[] = []
  if (!/^[a-z0-9][a-z0-9_-]{0,63}$/.test(provider)) {
    const message = 'must be 1 to 64 lower-case letters, digits, hyphens and underscores'
    problems.push({ field: 'provider', message })
  }
  if (!/^[A-Za-z0-9_.-]{1,128}$/.test(action)) {
    const message = 'must be 1 to 128 letters, digits, hyphens, underscores and dots'
    problems.push({ field: 'action', message })
  }
  return problems
}

function outputProblems(output: unknown): Problem[] {
  const message = templateProblem(output)
  if (message !== null) return [{ field: 'output', message }]
  const named = new Set(pathsIn(output).map(([first = '']) => first))
  const unknown = [...named].filter((name) => !MOCK_SEES.includes(name))
  return unknown.slice(0, PROBLEMS_MAX).map((name) => ({
    field: 'output',
    message: `refers to ${name.slice(0, 64)}, which a mock does not see.${nearMiss(name, MOCK_SEES)}`,
  }))
}

/** What templates of a mock's output see (workflows/steps/provider-action.ts). */
const MOCK_SEES = ['input', 'now', 'runId']
