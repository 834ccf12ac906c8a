import type { Dice } from '../../http1/messages.ts'
import { linesOf, messageOf, type Message } from '../message.ts'
import type { Subject } from '../subject.ts'

/** Whole path of a request for what is public, and for what is not. */
const PATHS = ['/public/a', '/public/a/b?c=/admin', '/public/%41', '/ops/a']
const OTHERS = ['/admin', '/public/admin/x', '/public/../admin/b', '/public%2f..%2fadmin', '/ops/%2e%2e/admin', '/x']

export const RBAC: Subject = {
  name: 'rbac',
  filter: 'rbac',
  config: {
    path_normalization: 'DECODE_AND_MERGE_SLASHES',
    policies: [
      { name: 'no-admin', action: 'DENY', rules: [{ to: [{ operation: { paths: ['/admin*', '/public/admin*'] } }] }] },
      {
        name: 'public',
        action: 'ALLOW',
        rules: [
          { to: [{ operation: { hosts: ['a.test'], methods: ['GET'], paths: ['/public/*'] } }] },
          {
            to: [{ operation: { methods: ['GET'], paths: ['/ops/*'] } }],
            when: [{ key: 'request.headers[x-role]', values: ['ops'] }],
          },
        ],
      },
    ],
  },
  message: (dice: Dice) => {
    const whole = messageOf([['x-role', 'ops']], { path: dice.pick(PATHS) })
    return dice.roll(2) === 0 ? whole : { ...whole, path: dice.pick(OTHERS), isWhole: false }
  },
  senders,
}

function senders(message: Message): string[] | null {
  const { method, host, path } = message
  const seen = normalized(path)
  if (method !== 'GET' || seen === null || /^\/(?:public\/)?admin/.test(seen)) return null
  const isPublic = seen.startsWith('/public/') && host.replace(/:\d+$/, '').replace(/\.$/, '').toLowerCase() === 'a.test'
  const isOps = seen.startsWith('/ops/') && linesOf(message, 'x-role').includes('ops')
  return isPublic || isOps ? [] : null
}

/** As a server reads it that decodes what it can and resolves dots, by the URL class of WHATWG; null when it reads none. */
function normalized(path: string): string | null {
  const slashes = path
    .replace(/[?#].*$/, '')
    .replaceAll(/%2f|%5c|\\/gi, '/')
    .replaceAll(/\/+/g, '/')
  const plain = slashes.replaceAll(/%(?:2[de]|3\d|[46][1-9a-f]|[57][\da]|[57][0-9]|5f|7e)/gi, (code) => unescape(code))
  try {
    return new URL(`http://a.test${plain}`).pathname
  } catch {
    return null
  }
}
