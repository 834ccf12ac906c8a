/** A kept line is a short cut: it never changes what is fit, nor what is written. */
import { describe, expect, it } from 'vitest'
import { isField, isName, isValue, lineOf } from '../../../host/http/known-lines.ts'

const NAMES = ['x-a', 'x-b', 'a-x', ':path', 'x a', '', 'x:', 'x-\xe9', 'x-long-name-of-a-field']
const VALUES = ['1', '2', '12', '21', '', 'a b', 'a\rb', 'a\nb', 'a\0b', '\xe9', '\u{1f600}', 'v'.repeat(60)]
const ROUNDS = 3

describe('known lines', () => {
  it('say of every field what its bytes say, however often it was written', () => {
    for (let round = 0; round < ROUNDS; round++) {
      for (const name of NAMES) {
        for (const value of VALUES) {
          expect(isField(name, value)).toBe(isName(name) && isValue(value))
          expect(lineOf(name, value)).toBe(`${name}: ${value}\r\n`)
        }
      }
    }
  })

  it('take neither a line break nor a blank in a name', () => {
    expect(isValue('a\rb') || isValue('a\nb') || isName('x a') || isName('')).toBe(false)
    expect(isName(':path') && isValue('a\tb')).toBe(true)
  })
})
