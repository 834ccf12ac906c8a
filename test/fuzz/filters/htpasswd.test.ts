/** Users of basic-auth as damaged files: the log says which line is wrong and what is wanted there, and shows nothing of it. */
import { expect, test } from 'vitest'
import { shareOf } from '../../support/counts.ts'
import { Dice } from '../http1/messages.ts'
import { FilterInstance } from './filter-instance.ts'

const LINES = [
  'alice:{SHA}tESsBmE/yNY3lb6a0L6vVQEZNqw=',
  'bob:{SSHA}WSMmwjgog34lYINIVW+4RCuxBi9zYWx0c2FsdA==',
  'carol:$pbkdf2-sha256$1000$MDEyMzQ1Njc4OWFiY2RlZg$dYJ5FnHTQ.Q9GPUYgelnQqvZM3I0dUxukAzerQ.aaOU',
  'dave:$2y$05$4k6QBw.K2WCvpMCbr.BqbuJHhRt6cG20NXsgxu9l3dEeDiNCHBx7.',
  'erin:$5$abcdefgh$tWwEY36bL3OQNctz9hwDzCEgV7aUYGqTCIO8V/rLwr4',
  '# a note',
  '',
]
const LETTERS = ':$.=/+A1z9# {}*'
const BCRYPT_DIGITS = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789'

test('every damaged line is told by its number', () => {
  const filter = new FilterInstance('basic-auth', {})
  const dice = new Dice(7)
  let accepted = 0
  for (let i = 0; i < shareOf(100_000); i++) {
    const users = textOf(dice)
    const isAccepted = filter.accepts(Buffer.from(JSON.stringify({ users })), [[':method', 'GET']])
    expect([users, isAccepted ? [] : filter.logs]).toEqual([users, faultsOf(users)])
    if (isAccepted) accepted++
  }
  expect(accepted).toBeGreaterThan(shareOf(5000))
})

function textOf(dice: Dice): string {
  const lines = Array.from({ length: 1 + dice.roll(4) }, () => dice.pick(LINES))
  let text = lines.join('\n')
  for (let changes = dice.roll(3); changes > 0; changes--) {
    const at = dice.roll(text.length + 1)
    text = text.slice(0, at) + dice.text(LETTERS, 2) + text.slice(at + dice.roll(3))
  }
  return text || '#'
}

/** What is logged: nothing, or one line. */
function faultsOf(text: string): string[] {
  const names = new Set<string>()
  for (const [index, raw] of text.split('\n').entries()) {
    const line = raw.trim()
    if (line === '' || line.startsWith('#')) continue
    const wanted = wantedOf(line, names)
    if (wanted !== null) return [`configuration refused: wanted in users ${wanted} in line ${index + 1}`]
  }
  return names.size > 0 ? [] : ['configuration refused: missing users']
}

function wantedOf(line: string, names: Set<string>): string | null {
  const [, name = '', hash = ''] = /^([^:]+):(.*)$/.exec(line) ?? []
  if (name === '') return 'a line name:hash'
  if (names.has(name)) return 'one line for each name'
  const [, cost] = bcryptParts(hash)
  if (cost !== undefined && Number(cost) > 10) return 'a hash of a cost of at most max_cost'
  const rounds = pbkdf2Rounds(hash)
  if (rounds > 50_000) return 'a hash of at most max_iterations rounds'
  if (cost === undefined && rounds === 0 && !isSha1(hash)) return 'a hash {SHA}, {SSHA}, $2y$ or $pbkdf2-sha256$'
  names.add(name)
  return null
}

function isSha1(hash: string): boolean {
  const [, salted, text = ''] = /^\{(S?)SHA\}(.*)$/.exec(hash) ?? []
  const bytes = Buffer.from(text, 'base64')
  return bytes.toString('base64') === text && (salted === '' ? bytes.length === 20 : bytes.length > 20)
}

/** The bits behind the last byte of salt and digest are zeros. */
function bcryptParts(hash: string): string[] {
  const parts = /^\$2[aby]\$(0[4-9]|[12]\d|3[01])\$[./A-Za-z0-9]{21}[.Oeu][./A-Za-z0-9]{30}([./A-Za-z0-9])$/.exec(hash)
  return parts !== null && BCRYPT_DIGITS.indexOf(parts[2]!) % 4 === 0 ? [...parts] : []
}

/** 0 when it is none. */
function pbkdf2Rounds(hash: string): number {
  const [, rounds = '', salt = '', key = ''] = /^\$pbkdf2-sha256\$(\d{1,9})\$([^$]+)\$([^$]+)$/.exec(hash) ?? []
  const isWhole = isDotted(salt) && isDotted(key) && Buffer.from(key.replaceAll('.', '+'), 'base64').length === 32
  return isWhole ? Number(rounds) : 0
}

function isDotted(text: string): boolean {
  const plain = text.replaceAll('.', '+')
  return !text.includes('+') && Buffer.from(plain, 'base64').toString('base64').replaceAll('=', '') === plain
}
