/** What stands in for a provider's action. */
export type ProviderMock = {
  /** Its templates see the step's config as `input`, and `now` and `runId`. */
  output: unknown
  /** 400 and more: the step fails. */
  status: number
  delayMs: number
}

/** A step that met a mock. */
export type ProviderCall = {
  accountId: string
  provider: string
  action: string
  runId: string
  stepId: string
  /** The step's config, resolved and masked. */
  input: unknown
  status: number
}

/** The mocks that accounts declared, and what is noted of their use. */
export type ProviderMocks = {
  find(accountId: string, provider: string, action: string): ProviderMock | undefined
  record(call: ProviderCall): void
}
