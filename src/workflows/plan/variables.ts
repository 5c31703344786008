import { isObject, type Json } from '../../lib/json-object.ts'

/** Values by name; or, as the vendor's templates have it (workflows/README.md, "Steps"), a list. */
export type Variables = Json | { name: string; default?: unknown }[]

/** Where a workflow declares its variables. */
type Declared = { settings: Json | null; variables: Variables | null }

/**
 * The variables of a workflow by name, with their values: of `settings.variables` and of `variables`, which counts
 * more. In a list { name, type, default?, required? } the default is the value.
 */
export function variablesOf({ settings, variables }: Declared): Json {
  return { ...readVariables(settings?.variables), ...readVariables(variables) }
}

// --- internal ---

function readVariables(declared: unknown): Json {
  if (isObject(declared)) return declared
  if (!Array.isArray(declared)) return {}
  const named = declared.filter(isObject).filter(({ name }) => typeof name === 'string')
  return Object.fromEntries(named.map(({ name, default: value = null }) => [name, value]))
}
