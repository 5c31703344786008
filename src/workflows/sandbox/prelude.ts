/**
 * Runs in QuickJS before a script: gives it a console, and gives us what we need of the script's world, taken
 * before the script can change it. It is text because it must never see anything of ours.
 */
export const PRELUDE = `(function (write) {
  'use strict'
  const { parse, stringify } = JSON
  const LINE_CHARS_MAX = 65536

  const describe = (error) => {
    try {
      if (error instanceof Error) return error.name + ': ' + error.message
      return typeof error === 'string' ? error : String(stringify(error))
    } catch {
      return 'Error: it threw what cannot be shown'
    }
  }
  const show = (value) => {
    if (typeof value === 'string') return value
    if (value instanceof Error) return describe(value)
    try {
      return stringify(value) ?? String(value)
    } catch {
      return String(value)
    }
  }
  const at = (level) => (...values) => write(level, values.map(show).join(' ').slice(0, LINE_CHARS_MAX))

  const info = at('info')
  globalThis.console = { log: info, info, debug: at('debug'), warn: at('warn'), error: at('error') }
  return {
    describe,
    evaluate: eval,
    stringify: (value) => stringify(value),
    define: (json) => void Object.assign(globalThis, parse(json)),
  }
})`
