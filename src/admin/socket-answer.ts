import { AppError } from '../errors.ts'

/** What comes back over the socket: the operation's value, or its refusal. */
export type SocketAnswer =
  | { value: unknown }
  | { error: Pick<AppError, 'code' | 'message' | 'problems'> }
  | { broken: true }

/** @throws what the operation refused with */
export function valueOrRefusal(answer: SocketAnswer): unknown {
  if ('error' in answer) throw new AppError(answer.error.code, answer.error.message, answer.error.problems)
  if ('broken' in answer) throw new Error('the server met an internal error; its log says which')
  return answer.value
}

/** What an operation refused with, as the other end is told it. */
export function refusalOf({ code, message, problems }: AppError): SocketAnswer {
  return { error: { code, message, problems } }
}
