import { expect, test } from 'bun:test'
import { mayReach } from '../../src/egress/policy.ts'

const STRICT = { allowPrivate: false, allowHttpLoopback: false }
const PRIVATE = { allowPrivate: true, allowHttpLoopback: false }
const DEV = { allowPrivate: false, allowHttpLoopback: true }

test.each(['8.8.8.8', '93.184.216.34', '172.32.0.1', '2606:4700::1111'])('%s is public', (address) => {
  expect(mayReach(address, STRICT)).toBe(true)
})

test.each([
  ...['127.0.0.1', '127.8.8.8', '::1'],
  ...['10.0.0.1', '172.16.0.1', '192.168.1.1', '100.64.0.1'],
  ...['169.254.169.254', 'fe80::1', 'fc00::1', 'fd12::1'],
])('%s is reached only where private addresses are allowed', (address) => {
  expect([mayReach(address, STRICT), mayReach(address, PRIVATE)]).toEqual([false, true])
})

test('a development server reaches loopback and nothing else inside', () => {
  const reached = ['127.0.0.1', '::1', '10.0.0.1', '169.254.169.254'].map((address) => mayReach(address, DEV))
  expect(reached).toEqual([true, true, false, false])
})

test.each([
  ...['0.0.0.0', '::', '0.1.2.3', '224.0.0.1', 'ff02::1', '255.255.255.255', '240.0.0.1', '192.0.2.1'],
  ...[
    '::ffff:10.0.0.1',
    '::ffff:8.8.8.8',
    '::ffff:127.0.0.1',
    '::127.0.0.1',
    '64:ff9b::a00:1',
    '64:ff9b::808:808',
  ],
  ...['2002:a00:1::', '2001::1', 'fec0::1', '2001:db8::1', '100::1', 'fe80::1%eth0', 'no address', ''],
])('%s is never reached, whatever is allowed', (address) => {
  const everything = { allowPrivate: true, allowHttpLoopback: true }
  expect([mayReach(address, STRICT), mayReach(address, everything)]).toEqual([false, false])
})
