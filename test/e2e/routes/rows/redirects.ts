/** Redirects of an upstream that the proxy follows itself. */
import { to, type Exchange, type Scenario } from '../scenario.ts'

const PREDICATES = 'type.googleapis.com/envoy.extensions.internal_redirect'

/** Where the redirects lead; its upstream is not asked for another one. */
const TARGET = to('b', { prefix: '/t' }, {}, { name: 'target', request_headers_to_remove: ['x-answer'] })
const OTHER = to('c', { prefix: '/o' }, {}, { name: 'other', request_headers_to_remove: ['x-answer'] })
const SCHEME = { header: { key: 'x-scheme', value: '%REQ(:SCHEME)%' } }
const DIRECT = { match: { prefix: '/d' }, direct_response: { status: 203, body: { inline_string: 'here' } } }
const ONWARD = { match: { prefix: '/moved' }, redirect: { path_redirect: '/t' } }

/** A route `/r` with the policy, and the others; the table knows `*.test` alone. */
function follow(name: string, policy: object, exchanges: readonly Exchange[], routes: readonly object[] = []): Scenario {
  const first = to('a', { prefix: '/r' }, { internal_redirect_policy: policy }, { name: 'first' })
  const host = { name: 'tests', domains: ['*.test', '*.test:81'], routes: [first, ...routes, TARGET, OTHER, DIRECT, ONWARD] }
  return { name: `follows: ${name}`, table: { virtual_hosts: [host] }, exchanges }
}

function predicate(name: string, fields: object = {}): object {
  const message = name
    .split('_')
    .map((word) => word[0]!.toUpperCase() + word.slice(1))
    .join('')
  return { name, typed_config: { '@type': `${PREDICATES}.${name}.v3.${message}Config`, ...fields } }
}

const ALLOWED = predicate('allow_listed_routes', { allowed_route_names: ['other', 'x'] })

const request = (status: number, location: string, more = ''): string =>
  `GET a.test/r | x-answer: ${status} ; location: ${location}${more}`
const http = (method: string): string => `${method} a.test/r | x-answer: 303 ; location: http://a.test/t`

export const REDIRECT_SCENARIOS: readonly Scenario[] = [
  follow('302 alone', {}, [
    [
      request(302, 'http://a.test/t?x=1#y'),
      ['200 b', '> GET /t?x=1 HTTP/1.1', '> host: a.test', '> x-envoy-original-url: http://a.test/r'],
    ],
    [request(302, 'http://b.test:81/t'), ['200 b', '> host: b.test:81']],
    [request(302, 'http://a.test'), '302 a'],
    [request(302, 'http://a.test/d'), '203 here'],
    [request(302, 'http://a.test/moved'), '301 http://a.test/t'],
    [request(302, '/t'), '302 a'],
    [request(302, 't'), '302 a'],
    [request(302, ''), '302 a'],
    [request(302, 'http://'), '302 a'],
    [request(302, 'ftp://a.test/t'), '302 a'],
    [request(302, 'HTTP://A.test/t'), ['200 b', '> host: A.test']],
    [request(302, 'http://user:pw@a.test:81/t'), ['200 b', '> host: a.test:81']],
    [request(302, 'http://@a.test/t'), '200 b'],
    [request(302, 'http://a.test?x=1'), '302 a'],
    [request(302, 'http://a.test:x/t'), '302 a'],
    [request(302, 'http://a.test:99999/t'), '302 a'],
    [request(302, 'http://a.test:/t'), '302 a'],
    [request(302, 'http://a.test/t t'), '302 a'],
    [request(302, '//a.test/t'), '302 a'],
    [request(302, 'http:///t'), '302 a'],
    [request(302, 'http:a.test/t'), '302 a'],
    [request(302, 'http://a_b.test/t'), '302 a'],
    [request(302, 'http://a b.test/t'), '302 a'],
    [request(302, 'http://a.test%41/t'), '302 a'],
    [request(302, 'http://a@b@c.test/t'), '302 a'],
    [request(302, 'http://[::1]/t'), '302 a'],
    [request(302, 'http://nobody.example/t'), '302 a'],
    [request(302, 'https://a.test/t'), '302 a'],
    ['GET a.test/r | x-answer: 302', '302 a'],
    [request(301, 'http://a.test/t'), '301 a'],
    [request(303, 'http://a.test/t'), '303 a'],
    [request(307, 'http://a.test/t'), '307 a'],
  ]),
  follow('the statuses that are named', { redirect_response_codes: [301, 303, 307, 308, 200] }, [
    [request(301, 'http://a.test/t'), '200 b'],
    [request(307, 'http://a.test/t'), '200 b'],
    [request(308, 'http://a.test/t'), '200 b'],
    [request(302, 'http://a.test/t'), '302 a'],
    [request(200, 'http://a.test/t'), '200 a'],
    [http('GET'), ['200 b', '> GET /t HTTP/1.1']],
    [http('HEAD'), '200 b'],
    [http('POST'), ['200 b', '> GET /t HTTP/1.1']],
    [http('DELETE'), ['200 b', '> GET /t HTTP/1.1']],
  ]),
  follow('to the other scheme', { allow_cross_scheme_redirect: true }, [
    [request(302, 'https://a.test/t'), ['200 b', '> x-envoy-original-url: http://a.test/r', '> x-forwarded-proto: http']],
  ]),
  follow(
    'to the other scheme if that is safe',
    { allow_cross_scheme_redirect: true, predicates: [predicate('safe_cross_scheme')] },
    [
      [request(302, 'https://a.test/t'), '302 a'],
      [request(302, 'http://a.test/t'), '200 b'],
    ],
  ),
  follow('once', {}, [[request(302, 'http://a.test/r2'), '302 a']]),
  follow('several times', { max_internal_redirects: 3 }, [[request(302, 'http://a.test/r2'), '302 a']]),
  follow('never', { max_internal_redirects: 0 }, [[request(302, 'http://a.test/t'), '302 a']]),
  follow('routes that were not there yet', { max_internal_redirects: 9, predicates: [predicate('previous_routes')] }, [
    [request(302, 'http://a.test/r2'), '302 a'],
    [request(302, 'http://a.test/t'), '200 b'],
  ]),
  follow('routes that are allowed', { predicates: [ALLOWED] }, [
    [request(302, 'http://a.test/t'), '302 a'],
    [request(302, 'http://a.test/o'), '200 c'],
  ]),
  {
    ...follow('routes that are allowed, of targets as they are in the end', { predicates: [ALLOWED] }, [
      [request(302, 'http://a.test/o/../t'), '302 a'],
      [request(302, 'http://a.test/t/../o'), ['200 c', '> GET /o HTTP/1.1']],
      [request(302, 'http://a.test:82/o'), ['200 c', '> host: a.test']],
      [request(302, 'http://a.test/o/%00'), '400 *'],
    ]),
    manager: { normalize_path: true, strip_any_host_port: true },
    differs: {
      reason: 'conditions on redirects are to see the route that is taken; Envoy shows them that of the target as it came',
      envoy: {
        [request(302, 'http://a.test/o/../t')]: '200 b',
        [request(302, 'http://a.test/t/../o')]: '302 a',
        [request(302, 'http://a.test:82/o')]: '302 a',
      },
    },
  },
  follow('with headers of the answer', { response_headers_to_copy: ['X-Copy', 'x-none'] }, [
    [
      request(302, 'http://a.test/t', ' ; x-copy: 1 ; x-copy: 2 ; x-not: 3 | x-copy: old | x-none: 1'),
      ['200 b', '- > x-none', '- > x-not', '> x-copy: 1'],
    ],
  ]),
  {
    name: 'follows: after changes of the request',
    routes: [
      to(
        'a',
        { prefix: '/w' },
        {
          internal_redirect_policy: { allow_cross_scheme_redirect: true },
          prefix_rewrite: '/other',
          host_rewrite_literal: 'w.test',
        },
        { request_headers_to_add: [{ header: { key: 'x-added', value: 'w' } }] },
      ),
      to('b', { prefix: '/' }, {}, { request_headers_to_remove: ['x-answer'], request_headers_to_add: [SCHEME] }),
    ],
    exchanges: [
      [
        'GET a.test/w/1 | x-answer: 302 ; location: http://a.test/t',
        [
          '200 b',
          '> x-added: w',
          '> x-envoy-original-path: /w/1',
          '> x-envoy-original-url: http://w.test/other/1',
          '> x-scheme: http',
        ],
      ],
      ['GET a.test/w | x-answer: 302 ; location: https://a.test:443/t', ['200 b', '> host: a.test:443', '> x-scheme: https']],
      [
        'GET a.test/w | x-answer: 302 ; location: ftp://[::1]/t?a#b?c',
        ['200 b', '> host: [::1]', '> x-scheme: ftp', '> GET /t?a HTTP/1.1'],
      ],
    ],
  },
  {
    name: 'follows: as an edge, with changed hosts and paths',
    routes: [to('a', { prefix: '/r' }, { internal_redirect_policy: {} }), TARGET],
    manager: { use_remote_address: true, normalize_path: true, strip_any_host_port: true, via: 'v' },
    exchanges: [
      [
        request(302, 'http://a.test:81/t/../t/x'),
        ['200 b', '> GET /t/x HTTP/1.1', '> host: a.test', '> via: v', '> x-envoy-original-url: http://a.test/r'],
      ],
      [request(302, 'http://a.test/t'), '200 b'],
    ],
  },
]
