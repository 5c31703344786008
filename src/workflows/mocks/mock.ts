import type { ProviderCall, ProviderMock } from '../steps/provider-mocks.ts'

export type Mock = MockName &
  ProviderMock & {
    /** "provider/action". */
    id: string
    createdAt: number
    updatedAt: number
  }

export type MockCall = ProviderCall & { id: string; createdAt: number }

/** Whose mock, and of what. */
export type MockName = { accountId: string; provider: string; action: string }
