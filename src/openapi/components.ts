import type { JsonSchema, NamedSchemas } from './json-schema.ts'

/** What the operations of a document have in common, and refer to. */
export type Components = { schemas: NamedSchemas; responses: NamedResponses }

export type Answer = {
  description: string
  headers: Readonly<Record<string, unknown>>
  content: { 'application/json': { schema: JsonSchema; examples?: Record<string, { value: unknown }> } }
}

export type NamedResponses = ReturnType<typeof createNamedResponses>

/** Gives equal answers one name: "workflows.409", and "workflows.409.2" for the next one of that status. */
export function createNamedResponses() {
  const names = new Map<string, string>()
  const answers: Record<string, Answer> = {}
  return {
    answers,

    /** @returns a reference to the answer. @param start what its name begins with */
    refer(start: string, answer: Answer): { $ref: string } {
      const text = JSON.stringify([start, answer])
      const name = names.get(text) ?? freeName(start)
      names.set(text, name)
      answers[name] = answer
      return { $ref: `#/components/responses/${name}` }
    },
  }

  function freeName(start: string): string {
    let name = start
    for (let next = 2; Object.hasOwn(answers, name); next++) name = `${start}.${next}`
    return name
  }
}
