/** rbac beside Envoy's rbac: the same rules in both grammars. */
import type { Dice } from '../fuzz/http1/messages.ts'
import { describeTwins } from './describe-twins.ts'
import { requestOf, valuesOf } from './requests.ts'
import { nativeFilter, suiteFilter } from './suite-filter.ts'

/** Policies of Envoy; in lexical order they are asked, so names and order are the same in both. */
const NATIVE_DENY = {
  'd1-admin': {
    permissions: [{ url_path: { path: { prefix: '/admin' } } }],
    principals: [{ not_id: { header: { name: 'x-role', string_match: { exact: 'admin' } } } }],
  },
  'd2-role': { permissions: [{ any: true }], principals: [{ header: { name: 'x-role', string_match: { exact: 'blocked' } } }] },
}
const NATIVE_ALLOW = {
  'a1-items': {
    permissions: [
      {
        and_rules: {
          rules: [
            { or_rules: { rules: [method('GET'), method('DELETE')] } },
            { or_rules: { rules: [{ uri_template: template('/items/{*}') }, { url_path: { path: { exact: '/items' } } }] } },
          ],
        },
      },
    ],
    principals: [{ any: true }],
  },
  'a2-hosts': {
    permissions: [{ header: { name: ':authority', string_match: { suffix: '.twins.test', ignore_case: true } } }],
    principals: [{ header: { name: 'x-team', string_match: { prefix: 'blue' } } }],
  },
  'a3-files': {
    permissions: [{ url_path: { path: { suffix: '.css' } } }, { url_path: { path: { prefix: '/admin' } } }],
    principals: [{ not_id: { header: { name: 'x-env', string_match: { exact: 'dev' } } } }],
  },
}
const POLICIES = [
  {
    name: 'd1-admin',
    action: 'DENY',
    rules: [{ to: [{ operation: { paths: ['/admin*'] } }], when: [{ key: 'request.headers[x-role]', not_values: ['admin'] }] }],
  },
  { name: 'd2-role', action: 'DENY', rules: [{ when: [{ key: 'request.headers[x-role]', values: ['blocked'] }] }] },
  { name: 'a1-items', rules: [{ to: [{ operation: { methods: ['GET', 'DELETE'], paths: ['/items/{*}', '/items'] } }] }] },
  {
    name: 'a2-hosts',
    rules: [{ to: [{ operation: { hosts: ['*.twins.test'] } }], when: [{ key: 'request.headers[x-team]', values: ['blue*'] }] }],
  },
  {
    name: 'a3-files',
    rules: [
      { to: [{ operation: { paths: ['*.css', '/admin*'] } }], when: [{ key: 'request.headers[x-env]', not_values: ['dev'] }] },
    ],
  },
]

describeTwins({
  name: 'rbac',
  count: 4000,
  config: () => ({
    ours: [suiteFilter('rbac', { policies: POLICIES })],
    native: [
      nativeFilter('rbac', 'RBAC', { rules: { action: 'DENY', policies: NATIVE_DENY } }),
      nativeFilter('rbac', 'RBAC', { rules: { action: 'ALLOW', policies: NATIVE_ALLOW } }),
    ],
  }),
  request: (dice) => requestOf(dice.pick(['GET', 'GET', 'DELETE', 'POST']), target(dice), fields(dice)),
  headers: ['content-type'],
  differences: [
    {
      reason: 'paths are decided on in their normal form',
      appliesTo: (request) => normal(pathOf(request)) !== pathOf(request),
      asIf: (request) => request.replace(pathOf(request), normal(pathOf(request))),
    },
    {
      reason: 'a path that others may read in another way is refused',
      appliesTo: (request, { ours }) => /%(?![\da-f]{2})|%00/i.test(pathOf(request)) && ours.status === 400,
    },
    {
      reason: 'what denies finds its value in any part of a header, what lets in wants it of every line',
      appliesTo: (request) =>
        /,|\n/.test(['x-role', 'x-team', 'x-env'].map((name) => valuesOf(request, name).join('\n')).join(' ')),
    },
  ],
})

function method(name: string): object {
  return { header: { name: ':method', string_match: { exact: name } } }
}

function template(text: string): object {
  return {
    name: 'envoy.path.match.uri_template.uri_template_matcher',
    typed_config: {
      '@type': 'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig',
      path_template: text.replaceAll('{*}', '*'),
    },
  }
}

function pathOf(request: string): string {
  return /^\S+ ([^ ?#]*)/.exec(request)![1]!
}

/** As our default reads a path: unreserved characters decoded, backslashes as slashes, no dot segments, slashes merged. */
function normal(path: string): string {
  const plain = path
    .replaceAll(/%([\da-f]{2})/gi, (escape, hex: string) => {
      const byte = String.fromCharCode(parseInt(hex, 16))
      return /[\w.~-]/.test(byte) ? byte : escape
    })
    .replaceAll('\\', '/')
  const segments: string[] = []
  const parts = plain.slice(1).split('/')
  parts.forEach((part, index) => {
    const isDots = part === '.' || part === '..'
    if (part === '..') segments.pop()
    if (!isDots) segments.push(part)
    else if (index === parts.length - 1) segments.push('')
  })
  return `/${segments.join('/')}`.replaceAll(/\/+/g, '/')
}

function target(dice: Dice): string {
  const path = dice.pick(['/items', '/items/1', '/items/1/2', '/items/', '/admin', '/administrator', '/a/b.css', '/', '/else'])
  return dice.pick([path, path, path, path, disguised(dice, path)]) + dice.pick(['', '', '', '?a=/admin', '?x.css'])
}

function disguised(dice: Dice, path: string): string {
  return dice.pick([
    `/x/..${path}`,
    `/x/%2e%2E${path}`,
    `/${path}`,
    `/.${path}`,
    path.replace('a', '%61'),
    path.replace('/', '\\').replace('\\', '/x\\..\\'),
    `${path}/.`,
    `${path}%zz`,
    `${path}%00`,
    `${path}%2f1`,
    `${path};a=b`,
    path.toUpperCase(),
  ])
}

function fields(dice: Dice): [string, string][] {
  const list: [string, string][] = []
  for (const [name, values] of [
    ['x-role', ['admin', 'blocked', 'user', 'Admin', '']],
    ['x-team', ['blue', 'bluegreen', 'red']],
    ['x-env', ['dev', 'prod', 'devel']],
  ] as const) {
    for (let i = dice.pick([0, 0, 1, 1, 1, 1, 1, 1, 2]); i > 0; i--) {
      list.push([name, dice.roll(12) === 0 ? `${dice.pick(values)},${dice.pick(values)}` : dice.pick(values)])
    }
  }
  return list
}
