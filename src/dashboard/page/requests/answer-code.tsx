import { Badge, StatusCode } from '../parts/badge.tsx'

/** @param status 0: the connection was cut */
export function AnswerCode({ status }: { status: number }) {
  return status === 0 ? <Badge status="cut" tone="bad" /> : <StatusCode code={status} />
}
