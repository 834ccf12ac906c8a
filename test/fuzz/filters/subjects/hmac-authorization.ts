import { createHash, createHmac } from 'node:crypto'
import { parseDictionary, type Dictionary } from 'structured-headers'
import type { Dice } from '../../http1/messages.ts'
import { joinedValue, linesOf, messageOf, type Message } from '../message.ts'
import { START, type Subject } from '../subject.ts'

const USERS: ReadonlyMap<string, string> = new Map([
  ['alice', 'alice-secret'],
  ['bob', 'bob-secret'],
])
const ALGORITHMS = ['hmac-sha256', 'hmac-sha384', 'hmac-sha512']
const SKEW = 300

function codeOf(algorithm: string, secret: string, text: string): string {
  return createHmac(algorithm.slice(5), secret).update(text, 'latin1').digest('base64')
}

/** The lines that are signed; null when one is of a header that is not there. */
function textOf(message: Message, names: readonly string[]): string | null {
  const lines = names.map((name) => {
    const isTarget = name === '@request-target' || name === '(request-target)'
    if (isTarget) return `${name}: ${message.method.toLowerCase()} ${message.path}`
    const values = linesOf({ ...message, fields: [...message.fields, ['host', message.host]] }, name)
    return values.length === 0 ? null : `${name}: ${values.map((value) => value.trim()).join(', ')}`
  })
  return lines.includes(null) ? null : lines.join('\n')
}

function digestOf(body: string): string {
  return `SHA-256=${createHash('sha256').update(body, 'latin1').digest('base64')}`
}

export const HMAC_AUTHORIZATION: Subject = {
  name: 'hmac-auth, authorization',
  filter: 'hmac-auth',
  config: {
    schemes: [
      {
        hmac_authorization: {
          users: [...USERS].map(([username, secret]) => ({ username, secret })),
          enforce_headers: ['@request-target'],
        },
      },
    ],
  },
  message: (dice: Dice) => {
    const body = dice.pick([null, '{"a":1}'])
    const date = new Date(START + dice.pick([0, SKEW, -SKEW]) * 1000).toUTCString()
    const clock = dice.pick(['date', 'x-date'])
    const unsigned = messageOf(
      [[clock, date], ['x-a', dice.pick(['b', ''])], ...(body === null ? [] : [['digest', digestOf(body)] as const])],
      { method: body === null ? 'GET' : 'POST', path: '/a?b', body },
    )
    const names = [
      '@request-target',
      clock,
      ...['x-a', 'host'].filter(() => dice.roll(2) === 0),
      ...(body === null ? [] : ['digest']),
    ]
    const [user, secret] = dice.pick([...USERS])
    const algorithm = dice.pick(ALGORITHMS)
    const signature = codeOf(algorithm, secret, textOf(unsigned, names)!)
    const value = `hmac username="${user}", algorithm="${algorithm}", headers="${names.join(' ')}", signature="${signature}"`
    return { ...unsigned, fields: [...unsigned.fields, ['authorization', value]] }
  },
  senders,
}

function senders(message: Message): string[] | null {
  const parameters = parametersIn(joinedValue(message, 'authorization'))
  const names = parameters('headers')
    .toLowerCase()
    .split(' ')
    .filter((name) => name !== '')
  const clock = linesOf(message, 'x-date').length > 0 ? 'x-date' : 'date'
  const isCovered = names.includes('@request-target') && names.includes(clock)
  const seconds = Math.abs(Date.parse(linesOf(message, clock)[0] ?? '') - START) / 1000
  const text = textOf(message, names)
  const secret = USERS.get(parameters('username'))
  const isKnown = text !== null && secret !== undefined && ALGORITHMS.includes(parameters('algorithm'))
  if (!isCovered || !(seconds <= SKEW) || !isKnown || !isBody(message, names)) return null
  return codeOf(parameters('algorithm'), secret, text) === parameters('signature') ? [] : null
}

function isBody(message: Message, names: readonly string[]): boolean {
  if (!names.includes('digest')) return true
  const wanted = createHash('sha256')
    .update(message.body ?? '', 'latin1')
    .digest('base64')
  return linesOf(message, 'digest').join().includes(wanted)
}

/** By name; empty when there is no such text. */
function parametersIn(value: string): (name: string) => string {
  const parameters = /^hmac /i.test(value) ? dictionaryOf(value.slice(5)) : new Map()
  return (name) => {
    const item: unknown = parameters.get(name)?.[0]
    return typeof item === 'string' ? item : ''
  }
}

function dictionaryOf(text: string): Dictionary {
  try {
    return parseDictionary(text)
  } catch {
    return new Map()
  }
}
