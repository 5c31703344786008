import { once } from 'node:events'
import { connect } from 'node:net'
import { afterTest } from './after-test.ts'
import { served } from './served.ts'

/**
 * A port on loopback that refuses every connection until the test is over. A connection of ours begins there, so
 * that nobody else can listen on it, as somebody might on a port that was merely given back.
 */
export async function silentPort(): Promise<number> {
  const socket = connect(served(() => new Response()).port, '127.0.0.1')
  afterTest(() => socket.destroy())
  await once(socket, 'connect')
  return socket.localPort ?? 0
}
