import { invalid } from '../errors.ts'

/** Over the admin socket comes whatever the other end sends. @throws INVALID_INPUT for what is no text */
export function textField(field: string, value: string): string {
  if (typeof value !== 'string') throw invalid(field, 'must be a text')
  return value
}
