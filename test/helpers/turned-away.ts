import { connect } from 'node:net'

/** Whether nobody listens at the port. */
export function isTurnedAway(port: number): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>()
  const socket = connect({ port, host: '127.0.0.1' })
  socket.on('connect', () => resolve(false))
  socket.on('error', () => resolve(true))
  return promise.finally(() => socket.destroy())
}
