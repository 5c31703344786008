import { describe, expect, test } from 'bun:test'
import { clientAddress } from '../../src/http/client-address.ts'
import { type Network, parseNetwork } from '../../src/lib/network.ts'

const trusted = ['10.0.0.0/8', '127.0.0.1', '::1'].map(parseNetwork).filter((n): n is Network => n !== null)

describe('the client’s address', () => {
  test.each([
    ['is the socket’s where no proxy is trusted', '192.0.2.1', '198.51.100.7', [], '192.0.2.1'],
    [
      'is the socket’s where the socket is no trusted proxy',
      '192.0.2.1',
      '198.51.100.7',
      trusted,
      '192.0.2.1',
    ],
    ['is what a trusted proxy says', '10.1.2.3', '198.51.100.7', trusted, '198.51.100.7'],
    ['skips all trusted proxies of a chain', '127.0.0.1', '198.51.100.7, 10.0.0.9', trusted, '198.51.100.7'],
    [
      'is not what a client claims before its proxy',
      '127.0.0.1',
      '6.6.6.6, 198.51.100.7',
      trusted,
      '198.51.100.7',
    ],
    ['is the proxy’s where what it says is no address', '127.0.0.1', 'unknown', trusted, '127.0.0.1'],
    ['is the proxy’s where it says nothing', '127.0.0.1', null, trusted, '127.0.0.1'],
    ['counts an IPv4 address in IPv6 clothes as IPv4', '::ffff:192.0.2.1', null, [], '192.0.2.1'],
    ['counts IPv6 by the /64 of one customer', '2001:db8:1:2:3:4:5:6', null, [], '2001:db8:1:2::/64'],
  ] as const)('%s', (_, socket, forwarded, networks, client) => {
    expect(clientAddress(socket, forwarded, networks)).toBe(client)
  })
})

test.each(['10.0.0.0/33', 'proxy.local', '', '10.0.0', '::/129'])('%p is no network', (text) => {
  expect(parseNetwork(text)).toBeNull()
})
