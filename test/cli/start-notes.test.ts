import { expect, test } from 'bun:test'
import { startNotes } from '../../src/cli/start-notes.ts'

const url = 'http://localhost:3000'
const HTTPS = 'https://keys.example.com'

test.each([
  ['127.0.0.1', null],
  ['::1', null],
  ['localhost', null],
  ['0.0.0.0', HTTPS],
  ['192.168.1.1', HTTPS],
])('nothing is to be said of the host %s with the public address %p', (host, publicUrl) => {
  expect(startNotes({ host, publicUrl }, { url, filesMax: 5000 })).toEqual([])
  expect(startNotes({ host, publicUrl }, { url, filesMax: null })).toEqual([])
})

test.each([
  ['0.0.0.0', null],
  ['::', null],
  ['192.168.1.1', 'http://keys.example.com'],
])('beyond loopback without TLS, on %s with the public address %p, a warning is told', (host, publicUrl) => {
  const notes = startNotes({ host, publicUrl }, { url, filesMax: null }).join('\n')
  expect(notes).toContain(`warning: ${host} can be reached from other machines`)
  expect(notes).toContain('--public-url https://')
  expect(notes.includes(url)).toBe(publicUrl === null)
})

test('a low limit of open files is told with what it means for connections', () => {
  const notes = startNotes({ host: '127.0.0.1', publicUrl: null }, { url, filesMax: 45 })
  expect(notes).toEqual([
    'note: no new connections are taken while 45 files are open; ulimit -n allows for more of them.',
  ])
})
