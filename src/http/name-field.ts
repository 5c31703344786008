import { Type as t } from '@sinclair/typebox'
import { NAME_EXPECTED, NAME_PATTERN } from '../lib/name.ts'
import { textLike } from './checked.ts'

/** A name that a person gives. */
export const nameField = textLike(NAME_PATTERN, `a string of ${NAME_EXPECTED}`)

/** The same for an operation that looks at the name itself, as the command line has it do. */
export const nameToCheck = t.String({ told: () => nameField })
