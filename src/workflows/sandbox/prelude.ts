/**
 * The most characters of a script's error, or of a line of its console, that leave the sandbox. They are shortened where the
 * secrets are known (steps/script-work.ts), because a piece of a secret would not be recognised. So there is room for the longest
 * form of a secret: 65,536 characters in capitals and percent-encoded are 1.2 Mi.
 */
export const MESSAGE_CHARS_MAX = 2 * 1024 * 1024

/**
 * Runs in QuickJS before a script: gives it a console, and gives us what we need of the script's world, taken
 * before the script can change it. It is text because it must never see anything of ours.
 */
export const PRELUDE = `(function (write) {
  'use strict'
  const { parse, stringify } = JSON

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
  const at = (level) => (...values) => write(level, values.map(show).join(' ').slice(0, ${MESSAGE_CHARS_MAX}))

  const info = at('info')
  globalThis.console = { log: info, info, debug: at('debug'), warn: at('warn'), error: at('error') }
  return {
    describe,
    evaluate: eval,
    stringify: (value) => stringify(value),
    define: (json) => void Object.assign(globalThis, parse(json)),
  }
})`
