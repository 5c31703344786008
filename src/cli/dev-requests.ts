import type { App } from '../app.ts'
import { wantsColor } from '../config.ts'
import { createLineWriter } from '../lib/line-writer.ts'
import { requestLine } from './request-line.ts'

const STDOUT = 1

/** Prints a line a request on stdout, for as long as the server runs. */
export function printRequests({ recorder, viewOf }: Pick<App, 'recorder' | 'viewOf'>): void {
  const isPainted = wantsColor(process.stdout)
  const stdout = createLineWriter(STDOUT)
  recorder.exchanges.listen((exchange) => stdout.writeLine(requestLine(viewOf(exchange), isPainted)))
}
