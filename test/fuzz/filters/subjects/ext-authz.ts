import type { UpstreamRequest } from '../../../../host/testing/index.ts'
import type { Dice } from '../../http1/messages.ts'
import { joinedValue, messageOf, type Message } from '../message.ts'
import type { Subject } from '../subject.ts'

const PATHS = ['/a', '/a?b=c', '/a/b']
const USERS = ['alice', 'bob']

/** Without and with verdicts that are kept: neither may be that of another question. */
export const EXT_AUTHZ: readonly Subject[] = [
  subject('ext-authz', {}),
  subject('ext-authz, kept', {
    cache: { key: ['method', 'path', 'header:authorization'], ttl: '60s', negative_ttl: '60s', max_entries: 50 },
  }),
]

function subject(name: string, cache: object): Subject {
  return {
    name,
    filter: 'ext-authz',
    config: {
      http_service: {
        http_uri: { uri: 'http://authz.test', cluster: 'authz' },
        authorization_response: { allowed_upstream_headers: { patterns: [{ exact: 'x-user' }] } },
      },
      ...cache,
    },
    header: 'x-user',
    // The service sees what the upstream would, or lets in whom it must not.
    service: (request: UpstreamRequest) => {
      const user = userOf(request.method, request.path, request.header('authorization') ?? '')
      return user === null ? { status: 403 } : { status: 200, headers: { 'x-user': user } }
    },
    message: (dice: Dice) =>
      messageOf(
        [
          ['authorization', `Bearer ${dice.pick(USERS)}`],
          ['x-user', 'root'],
        ],
        { path: dice.pick(PATHS) },
      ),
    senders: (message: Message) => {
      const user = userOf(message.method, message.path, joinedValue(message, 'authorization'))
      return user === null ? null : [user]
    },
  }
}

function userOf(method: string, path: string, authorization: string): string | null {
  const user = USERS.find((one) => authorization === `Bearer ${one}`)
  return user !== undefined && method === 'GET' && PATHS.includes(path) ? user : null
}
