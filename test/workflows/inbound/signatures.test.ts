import { describe, expect, test } from 'bun:test'
import { isFresh, isSignedWith, readClaim } from '../../../src/workflows/inbound/signatures.ts'
import { hmac } from '../../helpers/inbound-app.ts'

const BODY = '{"id":"evt_1"}'
const T = '1795251600'
const GOOD = hmac('secret', `${T}.${BODY}`)
const OTHER = hmac('another', `${T}.${BODY}`)
const bytes = (text: string) => Buffer.from(text)

const stripe = (signature: string) => readClaim('stripe', new Headers({ 'stripe-signature': signature }))
const justpaid = (timestamp: string, signature: string) =>
  readClaim('justpaid', new Headers({ 'x-justpaid-timestamp': timestamp, 'x-justpaid-signature': signature }))

test('the digest is the one that Stripe’s scheme gives, worked out by openssl', () => {
  // printf '1795251600.{"id":"evt_1"}' | openssl dgst -sha256 -hmac secret
  expect(GOOD).toBe('cfb9d2a1469bc4c6459ddd0c3470de09bd2d2dd114ce90e869acda3b793e3d86')
})

describe('a signature is taken', () => {
  test.each([
    ['as Stripe writes it', stripe(`t=${T},v1=${GOOD}`)],
    ['with spaces after the commas', stripe(`t=${T}, v1=${GOOD}`)],
    ['with an old scheme beside it', stripe(`t=${T},v0=${OTHER},v1=${GOOD}`)],
    ['where two secrets have signed', stripe(`t=${T},v1=${OTHER},v1=${GOOD}`)],
    ['in upper case', stripe(`t=${T},v1=${GOOD.toUpperCase()}`)],
    ['as JustPaid writes it', justpaid(T, `v1=${GOOD}`)],
    ['of JustPaid, by two secrets', justpaid(T, `v1=${OTHER},v1=${GOOD}`)],
  ])('%s', (_, claim) => {
    expect(claim && isSignedWith('secret', claim, bytes(BODY))).toBe(true)
  })
})

describe('a signature is not taken', () => {
  test.each([
    ['of another secret', stripe(`t=${T},v1=${OTHER}`), BODY],
    ['of a body that differs in one byte', stripe(`t=${T},v1=${GOOD}`), '{"id":"evt_2"}'],
    ['of a body with a space more', stripe(`t=${T},v1=${GOOD}`), `${BODY} `],
    ['of another time', stripe(`t=${Number(T) + 1},v1=${GOOD}`), BODY],
    ['of JustPaid for another time', justpaid(`${Number(T) + 1}`, `v1=${GOOD}`), BODY],
  ])('%s', (_, claim, body) => {
    expect(claim && isSignedWith('secret', claim, bytes(body))).toBe(false)
  })

  test.each([
    ['without a time', stripe(`v1=${GOOD}`)],
    ['without a digest', stripe(`t=${T}`)],
    ['of the old scheme alone', stripe(`t=${T},v0=${GOOD}`)],
    ['that is cut short', stripe(`t=${T},v1=${GOOD.slice(0, 62)}`)],
    ['that goes on', stripe(`t=${T},v1=${GOOD}00`)],
    ['that is no hexadecimal', stripe(`t=${T},v1=${'z'.repeat(64)}`)],
    ['at a time that is no number', stripe(`t=now,v1=${GOOD}`)],
    ['at a negative time', stripe(`t=-5,v1=${GOOD}`)],
    ['at a time of 14 digits', stripe(`t=${'9'.repeat(14)},v1=${GOOD}`)],
    ['that is empty', stripe('')],
    ['of commas', stripe(','.repeat(1000))],
    ['of JustPaid without its time', justpaid('', `v1=${GOOD}`)],
    ['of JustPaid without its version', justpaid(T, GOOD)],
  ])('%s', (_, claim) => {
    expect(claim).toBeNull()
  })
})

describe('a claim is fresh for 300 s, on both sides of our clock', () => {
  const signedAt = Number(T) * 1000
  test.each([
    ['at once', 0, true],
    ['300 s later', 300_000, true],
    ['a moment after that', 300_001, false],
    ['from 300 s ahead', -300_000, true],
    ['from further ahead', -300_001, false],
  ])('%s', (_, offsetMs, expected) => {
    const claim = stripe(`t=${T},v1=${GOOD}`)
    expect(claim && isFresh(claim, signedAt + offsetMs)).toBe(expected)
  })

  test('a time in ms means the same as one in seconds', () => {
    expect(justpaid(`${signedAt + 250}`, `v1=${GOOD}`)?.signedAt).toBe(signedAt + 250)
    expect(justpaid(T, `v1=${GOOD}`)?.signedAt).toBe(signedAt)
  })
})
