import { createHash, pbkdf2Sync } from 'node:crypto'
import type { Dice } from '../../http1/messages.ts'
import { joinedValue, messageOf, type Message } from '../message.ts'
import type { Subject } from '../subject.ts'

const PASSWORDS: ReadonlyMap<string, string> = new Map([
  ['alice', 'a:b'],
  ['bob', ''],
  ['carol', 'p\xe4ss'],
])
const SALT = '0123456789abcdef'

const sha1 = (text: string): Buffer => createHash('sha1').update(text, 'latin1').digest()
const dotted = (bytes: Buffer): string => bytes.toString('base64').replaceAll('+', '.').replaceAll('=', '')

const HASHES: readonly ((password: string) => string)[] = [
  (password) => `{SHA}${sha1(password).toString('base64')}`,
  (password) => `{SSHA}${Buffer.concat([sha1(password + SALT), Buffer.from(SALT)]).toString('base64')}`,
  (password) => {
    const key = pbkdf2Sync(Buffer.from(password, 'latin1'), SALT, 20, 32, 'sha256')
    return `$pbkdf2-sha256$20$${dotted(Buffer.from(SALT))}$${dotted(key)}`
  },
]

/** Fast hashes, and a slow one whose results are kept. */
export const BASIC_AUTH: readonly Subject[] = [
  subject('basic-auth', HASHES.slice(0, 2)),
  subject('basic-auth, kept', HASHES.slice(2)),
]

function subject(name: string, hashes: typeof HASHES): Subject {
  const stored = new Map([...PASSWORDS].map(([user, password], index) => [user, entry(password, hashes[index % hashes.length]!)]))
  const users = [...stored].map(([user, { hash }]) => `${user}:${hash}`).join('\n')
  return {
    name,
    filter: 'basic-auth',
    config: { users, forward_username_header: 'x-user' },
    header: 'x-user',
    message: (dice: Dice) => {
      const credentials = dice.pick([...PASSWORDS]).join(':')
      const scheme = dice.pick(['Basic ', 'basic ', 'BASIC  '])
      return messageOf([
        ['authorization', scheme + Buffer.from(credentials, 'latin1').toString('base64')],
        ...(dice.roll(4) === 0 ? [['x-user', 'root'] as const] : []),
      ])
    },
    senders: (message) => sendersOf(message, (user, password) => stored.get(user)?.isRight(password) === true),
  }
}

/** By hash, not by text: a password and the same with NULs behind it are one to PBKDF2, since HMAC pads its key with them. */
function entry(password: string, hashOf: (password: string) => string): { hash: string; isRight(one: string): boolean } {
  const hash = hashOf(password)
  return { hash, isRight: (one) => hashOf(one) === hash }
}

/** Node's reader of base64 forgives: what it reads otherwise than RFC 4648 may be refused. */
function sendersOf(message: Message, isRight: (user: string, password: string) => boolean): string[] | null {
  const [, text = ''] = /^basic +([^,]*)$/i.exec(joinedValue(message, 'authorization')) ?? []
  const credentials = Buffer.from(text, 'base64').toString('latin1')
  const colon = credentials.indexOf(':')
  const name = credentials.slice(0, colon)
  return colon > 0 && isRight(name, credentials.slice(colon + 1)) ? [name] : null
}
