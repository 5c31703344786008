import { expect, test } from 'bun:test'
import { createHmac } from 'node:crypto'
import { signatureHeaders } from '../../../src/workfunder/webhooks/signature.ts'

test('a signature is v1= and the HMAC-SHA-256 of seconds, dot and body, as another library computes it', () => {
  const body = '{"event":"task.created","data":{"title":"Café ☕"}}'
  const hex = createHmac('sha256', 'whsec_test').update(`1732179600.${body}`).digest('hex')
  expect(signatureHeaders('whsec_test', body, 1_732_179_600_999)).toEqual({
    'X-WorkFunder-Signature': `v1=${hex}`,
    'X-WorkFunder-Timestamp': '1732179600',
  })
})

test('a known vector: what `openssl dgst -sha256 -hmac` prints', () => {
  const { 'X-WorkFunder-Signature': signature } = signatureHeaders(
    'whsec_test',
    '{"event":"task.created"}',
    1000,
  )
  expect(signature).toBe('v1=b6c7e6cd870720eea5a76d6ff1afc53b73e53805b3bfeb51ad942da01e28994c')
})
