import { expect, test } from 'bun:test'
import { rememberLatest } from '../../src/lib/remember-latest.ts'

test('what is remembered is the answer to that very text, and the function is asked only for another', () => {
  const asked: string[] = []
  const lengthOf = rememberLatest((text) => {
    asked.push(text)
    return text.length
  })
  expect(['', '', 'ab', 'ab', 'abc', 'ab'].map(lengthOf)).toEqual([0, 0, 2, 2, 3, 2])
  expect(asked).toEqual(['', 'ab', 'abc', 'ab'])
})

test('where it throws it is asked again', () => {
  let asked = 0
  const refuse = rememberLatest(() => {
    asked += 1
    throw new Error('no')
  })
  for (let time = 0; time < 2; time++) expect(() => refuse('a')).toThrow('no')
  expect(asked).toBe(2)
})
