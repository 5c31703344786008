import type { ProviderCall, ProviderMock } from '../steps/provider-mocks.ts'

export type Mock = MockName &
  ProviderMock & {
    /** "provider/action". */
    id: string
    createdAt: number
    updatedAt: number
  }

/** Left out: an empty output, status 200, no delay. `delayMs` in ms. */
export type NewMock = Partial<Pick<Mock, 'output' | 'status' | 'delayMs'>>

export type MockCall = ProviderCall & { id: string; createdAt: number }

/** Whose mock, and of what. */
export type MockName = { accountId: string; provider: string; action: string }
