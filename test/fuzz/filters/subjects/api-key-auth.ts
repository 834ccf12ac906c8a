import { createHash } from 'node:crypto'
import type { Dice } from '../../http1/messages.ts'
import { linesOf, messageOf, type Message } from '../message.ts'
import type { Subject } from '../subject.ts'

const CLIENTS: ReadonlyMap<string, string> = new Map([
  ['k-alice-0123456789', 'alice'],
  ['k bob+&=;%41', 'bob'],
  ['0123456789abcdef0123456789abcdef', 'carol'],
])
/** Ended a second before the clock's begin. */
const ENDED = 'k-ended-0123456789'

export const API_KEY_AUTH: Subject = {
  name: 'api-key-auth',
  filter: 'api-key-auth',
  config: {
    key_sources: [{ header: 'x-api-key' }, { query: 'api_key' }, { cookie: 'key' }],
    credentials: [
      ...[...CLIENTS].map(([key, client], index) =>
        index === 2 ? { client, key_sha256: createHash('sha256').update(key).digest('hex') } : { client, key },
      ),
      { client: 'dave', key: ENDED, not_after: '2025-12-31T23:59:59Z' },
    ],
    forwarding: { header: 'x-client' },
  },
  header: 'x-client',
  message: (dice: Dice) => {
    const key = dice.pick([...CLIENTS.keys()])
    const forged = dice.roll(4) === 0 ? [['x-client', 'root'] as const] : []
    switch (dice.roll(4)) {
      case 0:
        return messageOf([['x-api-key', key], ...forged])
      case 1:
        return messageOf([['x-api-key', `Bearer ${key}`], ...forged])
      case 2:
        return messageOf(forged, { path: `/a?b=c&api_key=${encodeURIComponent(key)}` })
      default: {
        const plain = 'k-alice-0123456789'
        return messageOf([['cookie', `a=b; key=${plain}; c`], ...forged, ['x-other', ENDED]])
      }
    }
  },
  senders,
}

function senders(message: Message): string[] | null {
  const keys = [headerKeys, queryKeys, cookieKeys].map((find) => find(message)).find((found) => found.length > 0) ?? []
  const client = keys.length === 1 ? CLIENTS.get(keys[0]!) : undefined
  return client === undefined ? null : [client]
}

function headerKeys(message: Message): string[] {
  return linesOf(message, 'x-api-key').map((line) => line.replace(/^bearer [\t ]*/i, ''))
}

/** As an upstream that decodes names and values; a plus is itself, not a blank. */
function queryKeys({ path }: Message): string[] {
  const [target = ''] = path.split('#')
  const question = target.indexOf('?')
  if (question < 0) return []
  const pairs = target.slice(question + 1).split('&')
  return pairs.flatMap((pair) => {
    const [name = '', ...value] = pair.split('=')
    return name === 'api_key' || decoded(name) === 'api_key' ? [decoded(value.join('='))] : []
  })
}

function decoded(text: string): string {
  return /%(?![\da-f]{2})/i.test(text) ? text : unescape(text)
}

function cookieKeys(message: Message): string[] {
  const cookies = linesOf(message, 'cookie').flatMap((line) => line.split(';'))
  return cookies.flatMap((cookie) => {
    const [, name = '', value = ''] = /^\s*([^=]*?)\s*(?:=\s*(.*?))?\s*$/.exec(cookie) ?? []
    return name === 'key' ? [value.replace(/^"(.*)"$/, '$1')] : []
  })
}
