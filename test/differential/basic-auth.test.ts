/** basic-auth beside Envoy's basic_auth. */
import { createHash } from 'node:crypto'
import type { Dice } from '../fuzz/http1/messages.ts'
import { describeTwins } from './describe-twins.ts'
import { requestOf, valuesOf } from './requests.ts'
import { nativeFilter, suiteFilter } from './suite-filter.ts'

const PASSWORDS = { user1: 'test1', user2: 'pass:word', user3: '', 'ü ser': 'a b' }
const users = Object.entries(PASSWORDS)
  .map(([name, password]) => `${name}:{SHA}${createHash('sha1').update(password).digest('base64')}`)
  .join('\n')

const HEADER = 'authorization'

describeTwins({
  name: 'basic-auth',
  count: 4000,
  config: () => ({
    ours: [suiteFilter('basic-auth', { users, forward_username_header: 'x-user' })],
    native: [nativeFilter('basic_auth', 'BasicAuth', { users: { inline_string: users }, forward_username_header: 'x-user' })],
  }),
  request: (dice) => requestOf('GET', dice.pick(['/', '/a?b=c', '/%zz', '//a/../b;c']), fields(dice)),
  headers: ['www-authenticate', 'content-type'],
  differences: [
    {
      reason: 'the scheme is compared in any case, and several spaces may follow it (RFC 9110)',
      appliesTo: (request) => /^basic +/i.test(first(request)),
      asIf: (request) => request.replaceAll(/(authorization: )basic +/gi, '$1Basic '),
    },
    {
      reason: 'padding is as long as it has to be (RFC 4648)',
      appliesTo: (request) => /^basic +[\w+/]+=*$/i.test(first(request)),
    },
  ],
})

/** The first credentials, as they stand in the request; Envoy joins an empty value before them without a comma. */
function first(request: string): string {
  return valuesOf(request, HEADER).find((one) => one !== '') ?? ''
}

function fields(dice: Dice): [string, string][] {
  const list: [string, string][] = dice.roll(5) === 0 ? [['x-user', 'forged']] : []
  for (let i = dice.pick([0, 1, 1, 1, 1, 1, 1, 1, 1, 2]); i > 0; i--)
    list.push([dice.pick([HEADER, 'Authorization']), value(dice)])
  return list
}

function value(dice: Dice): string {
  const scheme = dice.pick([
    'Basic ',
    'Basic ',
    'Basic ',
    'Basic ',
    'Basic ',
    'basic ',
    'BASIC ',
    'Basic',
    'Basic  ',
    'Bearer ',
    '',
  ])
  return scheme + spoilt(dice, Buffer.from(credentials(dice), 'utf8').toString('base64'))
}

function credentials(dice: Dice): string {
  const [name, password] = dice.pick(Object.entries(PASSWORDS))
  const other = dice.pick([password, password, password, password, 'wrong', `${password} `, password.toUpperCase(), ''])
  const who = dice.roll(6) === 0 ? dice.text('user123 ', 6) : name
  return dice.pick([
    `${who}:${other}`,
    `${who}:${other}`,
    `${who}:${other}`,
    `${who}:${other}`,
    who,
    `:${other}`,
    `${who}:${other}:`,
    '',
  ])
}

/** Base64 that is not as it should be, now and then. */
function spoilt(dice: Dice, text: string): string {
  if (dice.roll(4) > 0) return text
  return dice.pick([
    text.replaceAll('=', ''),
    `${text}=`,
    text.replaceAll('+', '-').replaceAll('/', '_'),
    `${text} `,
    ` ${text}`,
    text.slice(0, -1),
    text.slice(1),
    `${text}!`,
    `${text},${text}`,
    `${text.slice(0, 4)} ${text.slice(4)}`,
  ])
}
