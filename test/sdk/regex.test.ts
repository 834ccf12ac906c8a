/** The SDK's regular expressions beside RE2 itself (compiled to WebAssembly), and under patterns made to run away. */
import { createRequire } from 'node:module'
import { describe, expect, it } from 'vitest'
import { shareOf } from '../support/counts.ts'
import { compileSdkGuest } from './support/compile-sdk-guest.ts'
import { RandomPatterns } from './support/random-pattern.ts'
import { RecordingHost } from './support/recording-host.ts'

interface Re2 {
  test(text: string): boolean
}
type Re2Class = new (pattern: string, flags: string) => Re2

const PATTERNS = shareOf(40_000)
/** The package never frees an expression: after so many patterns another instance goes on. */
const PATTERNS_PER_INSTANCE = 1000
const TEXTS = 12

const guest = new RecordingHost(await compileSdkGuest('regex'))
guest.start()
let nextId = 2

const hex = (text: string): string => Buffer.from(text, 'latin1').toString('hex')

/** A digit per text, or the fault. Strings stand for bytes. */
function ours(pattern: string, texts: readonly string[], ignoreCase = false): string {
  const id = nextId++
  guest.logs.length = 0
  guest.request(id, [
    ['x-pattern', hex(pattern)],
    ['x-texts', texts.map(hex).join(',')],
    ...(ignoreCase ? [['x-ignore-case', '1'] as [string, string]] : []),
  ])
  guest.end(id)
  return guest.logs[0]!
}

function isPattern(re2: Re2Class, pattern: string, flags: string): boolean {
  try {
    return Boolean(new re2(pattern, flags))
  } catch {
    return false
  }
}

/** What RE2 says of the whole texts; null when it takes the pattern for none. */
function verdictsOfRe2(re2: Re2Class, pattern: string, texts: readonly string[], ignoreCase: boolean): string | null {
  const flags = ignoreCase ? 'iu' : 'u'
  if (!isPattern(re2, pattern, flags)) return null
  const whole = new re2(`^(?:${pattern})\\z`, flags)
  return texts.map((text) => (whole.test(text) ? '1' : '0')).join('')
}

function freshRe2(): Re2Class {
  const require = createRequire(import.meta.url)
  for (const name of Object.keys(require.cache)) if (name.includes('re2-wasm')) delete require.cache[name]
  return (require('re2-wasm') as { RE2: Re2Class }).RE2
}

describe('beside RE2', () => {
  it(`gives the same verdict on ${PATTERNS} random patterns`, { timeout: 600_000 }, () => {
    const random = new RandomPatterns(1)
    let re2 = freshRe2()
    let matched = 0
    let refused = 0
    for (let i = 0; i < PATTERNS; i++) {
      if (i % PATTERNS_PER_INSTANCE === 0) re2 = freshRe2()
      const pattern = random.pattern()
      const texts = Array.from({ length: TEXTS }, () => random.text())
      const ignoreCase = i % 4 === 0
      const wanted = verdictsOfRe2(re2, pattern, texts, ignoreCase)
      const seen = ours(pattern, texts, ignoreCase)
      if (seen.startsWith('the program is larger')) continue
      const verdict = /^[01]+$/.test(seen) ? seen : null
      expect({ pattern, ignoreCase, texts, verdict }).toEqual({ pattern, ignoreCase, texts, verdict: wanted })
      if (wanted === null) refused++
      else matched += wanted.split('1').length - 1
    }
    expect(matched).toBeGreaterThan(PATTERNS / 4)
    expect(refused).toBeGreaterThan(PATTERNS / 50)
  })
})

describe('patterns made to run away', () => {
  const long = 'a'.repeat(20_000)
  let state = 1
  const mixed = Array.from({ length: 20_000 }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0
    return state >= 2 ** 31 ? 'a' : 'b'
  }).join('')

  it.each([
    '(a*)*b',
    '(a|aa)*c',
    '(a+a+)+y',
    '((((((a*)*)*)*)*)*)*b',
    '(a|b|ab)*bc',
    '(?:a?){200}a{200}',
    '(?:a|b)*a(?:a|b){12}c',
  ])('%s takes time in proportion to the text', (pattern) => {
    expect(ours(pattern, [long, mixed])).toBe('00')
  })

  it('keeps few states and is right when it has forgotten the others', () => {
    const wanted = [mixed, `${mixed}a${'b'.repeat(14)}`, `${mixed}b${'b'.repeat(14)}`].map((text) =>
      /a.{14}$/s.test(text) ? '1' : '0',
    )
    expect(ours('(?:a|b)*a(?:a|b){14}', [mixed, `${mixed}a${'b'.repeat(14)}`, `${mixed}b${'b'.repeat(14)}`])).toBe(
      wanted.join(''),
    )
  })
})

describe('a pattern that is none', () => {
  it.each([
    ['(a{1,100}){1,100}', 'invalid repetition size at 10'],
    ['a{1001}', 'invalid repetition size at 1'],
    ['(?:ab?){999}', 'the program is larger than the limit at 12'],
    ['a(', 'missing ) at 1'],
    ['a)', 'unexpected ) at 1'],
    ['x[a', 'missing ] at 1'],
    ['[b-a]', 'invalid character class range at 1'],
    ['[[:foo:]]', 'unknown character class at 1'],
    ['a**', 'a repetition of a repetition at 2'],
    ['+a', 'nothing to repeat at 0'],
    ['(a)\\1', 'invalid escape sequence at 3'],
    ['a\\', 'a backslash at the end at 1'],
    ['(?=a)', 'not a group that is supported at 0'],
    ['(?P<n>a)(?P<n>b)', 'invalid group name at 8'],
    ['\\pN', 'Unicode classes are not supported at 0'],
    ['('.repeat(201), 'groups are nested too deeply at 200'],
  ])('%s', (pattern, fault) => {
    expect(ours(pattern, [''])).toBe(fault)
  })
})
