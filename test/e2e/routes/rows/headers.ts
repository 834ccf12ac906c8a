/** What routes change in heads. */
import { to, type Scenario } from '../scenario.ts'

function add(key: string, value: string, more: object = {}): object {
  return { header: { key, value }, ...more }
}

const OVERWRITE = { append_action: 'OVERWRITE_IF_EXISTS_OR_ADD' }

/** Header changes that name their level. */
function level(name: string): object {
  return {
    request_headers_to_add: [add('x-l', name), add('x-o', name, OVERWRITE)],
    response_headers_to_add: [add('x-r', name)],
    response_headers_to_remove: [`x-no-${name}`],
  }
}

function levels(more: object): object {
  const clusters = [{ name: 'a', weight: 1, host_rewrite_literal: 'w.test', ...level('cluster') }]
  const routes = [
    { match: { prefix: '/r' }, route: { weighted_clusters: { clusters }, host_rewrite_literal: 'r.test' }, ...level('route') },
    { match: { prefix: '/d' }, direct_response: { status: 200, body: { inline_string: 'd' } }, ...level('route') },
    { match: { prefix: '/e' }, route: { cluster: 'empty' }, ...level('route') },
  ]
  const hosts = [{ name: 'all', domains: ['*'], routes, ...level('host') }]
  return { ...level('table'), virtual_hosts: hosts, ...more }
}

const ADDITIONS = [
  add('x-app', 'n'),
  add('x-app', 'm'),
  add('x-miss', '%REQ(x-nope)%'),
  add('x-miss2', 'a%REQ(x-nope)%b'),
  add('x-keep', '%REQ(x-nope)%', { keep_empty_value: true }),
  add('x-empty', ''),
  add('x-empty2', '', { keep_empty_value: true }),
  add('x-abs', 'new', { append_action: 'ADD_IF_ABSENT' }),
  add('x-abs', 'new2', { append_action: 'ADD_IF_ABSENT' }),
  add('x-ow', 'new', OVERWRITE),
  add('x-ow2', 'new', { append_action: 'OVERWRITE_IF_EXISTS' }),
  add('x-copy', '%REQ(x-ow)%'),
  add('x-rem', '%REQ(x-gone)%'),
  add('x-old', '1', { append: false }),
  add('x-old2', '1', { append: true }),
  add('accept', 'q'),
]

const ANSWER = '200 ; x-no-route: 1 ; x-no-host: 1 ; x-no-table: 1 ; x-r: up'

/** A format command as the header `x-out` of the answer to a request whose path is rewritten. */
function command(format: string, withQuery: string | null, without: string | null): Scenario {
  const route = to('a', { prefix: '/' }, { prefix_rewrite: '/new/' }, { response_headers_to_add: [add('x-out', format)] })
  const seen = (value: string | null): readonly [string, string] => ['200 a', value === null ? '- x-out' : `x-out: ${value}`]
  return {
    name: `headers: ${format}`,
    routes: [route],
    exchanges: [
      ['GET h/p?a=1%20x&a=2&c', seen(withQuery)],
      ['GET h/p', seen(without)],
    ],
  }
}

const COMMANDS: readonly Scenario[] = [
  command('%QUERY_PARAM(a)%', '1 x', null),
  command('%QUERY_PARAM(a):1%', '1', null),
  command('%QUERY_PARAM(c)%', null, null),
  command('%PATH%', '/p?a=1%20x&a=2&c', '/p'),
  command('%PATH(WQ)%', '/p?a=1%20x&a=2&c', '/p'),
  command('%PATH(NQ:ORIG)%', '/p', '/p'),
  command('%PATH(NQ:PATH)%', '/new/p', '/new/p'),
  command('%PATH(WQ:ORIG_OR_PATH)%', '/p?a=1%20x&a=2&c', '/p'),
  command('%ENVIRONMENT(HOME)%', process.env['HOME'] ?? '-', process.env['HOME'] ?? '-'),
  command('%ENVIRONMENT(SLUICE_NOT_SET)%', '-', '-'),
]

export const HEADER_SCENARIOS: readonly Scenario[] = [
  ...COMMANDS,
  {
    name: 'headers: every way to add them',
    routes: [to('a', { prefix: '/' }, {}, { request_headers_to_add: ADDITIONS, request_headers_to_remove: ['X-Gone'] })],
    exchanges: [
      [
        'GET a.test/',
        [
          '200 a',
          '> x-app: n',
          '> x-app: m',
          '- > x-miss:',
          '> x-miss2: ab',
          '> x-keep: ',
          '- > x-empty:',
          '> x-empty2: ',
          '> x-abs: new2',
        ],
      ],
      [
        'GET a.test/ | x-app: o | x-abs: o | x-ow: o | x-ow2: o | x-gone: 1 | x-old: 0 | x-old2: 0 | accept: z',
        [
          '200 a',
          '> x-app: o',
          '> x-abs: o',
          '> x-ow: new',
          '> x-ow2: new',
          '- > x-gone',
          '- > x-rem',
          '> x-copy: o',
          '> accept: z,q',
          '> x-old: 1',
        ],
      ],
      ['GET a.test/ | x-ow: 1 | x-ow: 2 | x-ow2: 1 | x-ow2: 2', ['200 a', '> x-ow: new', '> x-copy: 1', '- > x-ow: 2']],
    ],
  },
  {
    name: 'headers: one addition of each kind',
    routes: [
      to('a', { prefix: '/add' }, {}, { request_headers_to_add: [add('x-h', 'n')] }),
      to('a', { prefix: '/absent' }, {}, { request_headers_to_add: [add('x-h', 'n', { append_action: 'ADD_IF_ABSENT' })] }),
      to('a', { prefix: '/over' }, {}, { request_headers_to_add: [add('x-h', 'n', OVERWRITE)] }),
      to('a', { prefix: '/exist' }, {}, { request_headers_to_add: [add('x-h', 'n', { append_action: 'OVERWRITE_IF_EXISTS' })] }),
    ],
    exchanges: ['add', 'absent', 'over', 'exist'].flatMap((path) => [
      [`GET h/${path}`, '200 a'] as const,
      [`GET h/${path} | x-h: o | x-i: 1`, '200 a'] as const,
    ]),
  },
  {
    name: 'headers: of table, virtual host, route and weighted cluster',
    table: levels({}),
    exchanges: [
      [`GET h/r | x-answer: ${ANSWER}`, ['200 a', '> host: r.test', '> x-o: table', 'x-r: cluster', 'x-r: table', '- x-no-']],
      ['GET h/d', ['200 d', 'x-r: route', 'x-r: table']],
      ['GET h/e', ['503 no healthy upstream', 'x-r: route']],
      ['GET h/none', ['404', '- x-r']],
    ],
  },
  {
    name: 'headers: of table, virtual host, route and weighted cluster, the most specific last',
    table: levels({ most_specific_header_mutations_wins: true }),
    exchanges: [
      [`GET h/r | x-answer: ${ANSWER}`, ['200 a', '> x-o: route', '- x-no-']],
      ['GET h/d', ['200 d', 'x-r: route']],
    ],
  },
]
