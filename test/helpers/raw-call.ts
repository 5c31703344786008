import { connect } from 'node:net'

export type RawReply = { status: number; headers: Headers; body: string }

/**
 * One request, written as it stands: what `fetch` would not send.
 * @param head the request line and the headers, without the empty line; "Connection: close" is added.
 * @param body as it goes over the wire
 */
export function rawCall(url: string, head: string, body = ''): Promise<RawReply> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port), hostname, () => {
      socket.write(`${head}\r\nConnection: close\r\n\r\n${body}`)
    })
    let text = ''
    socket.setEncoding('latin1')
    socket.on('data', (part) => {
      text += part
    })
    socket.on('error', reject)
    socket.on('close', () => resolve(replyOf(text)))
  })
}

// --- internal ---

function replyOf(text: string): RawReply {
  const end = text.indexOf('\r\n\r\n')
  const [statusLine = '', ...lines] = text.slice(0, end).split('\r\n')
  const headers = lines.map((line): [string, string] => {
    const colon = line.indexOf(':')
    return [line.slice(0, colon), line.slice(colon + 1).trim()]
  })
  return {
    status: Number(statusLine.split(' ')[1]),
    headers: new Headers(headers),
    body: text.slice(end + 4),
  }
}
