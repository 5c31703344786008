import { AppError } from '../errors.ts'
import type { Exchange } from './exchange.ts'
import type { Recorder } from './recorder.ts'

/** How far a reader may be behind before it is given up. */
const BEHIND_MAX = 1000

/**
 * Requests as they are answered, for one reader. None of them waits for it.
 * @param past what comes first
 * @returns a stream that ends with UNAVAILABLE where its reader is too slow.
 */
export function following(
  exchanges: Pick<Recorder['exchanges'], 'listen'>,
  matches: (exchange: Exchange) => boolean,
  past: readonly Exchange[],
): ReadableStream<Exchange> {
  let stop = () => {}
  return new ReadableStream<Exchange>(
    {
      start(reader) {
        for (const exchange of past) reader.enqueue(exchange)
        stop = exchanges.listen((exchange) => {
          if (!matches(exchange)) return
          if ((reader.desiredSize ?? 0) > 0) return reader.enqueue(exchange)
          stop()
          reader.error(
            new AppError('UNAVAILABLE', `the requests came faster than they were read: ${BEHIND_MAX} wait`),
          )
        })
      },
      cancel: () => stop(),
    },
    { highWaterMark: BEHIND_MAX + past.length },
  )
}
