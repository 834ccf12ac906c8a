/** What becomes of a request that a route has taken. */
import { REST, to, type Exchange, type Scenario } from '../scenario.ts'

const EXTENSIONS = 'type.googleapis.com/envoy.extensions'

/** A redirect of `/p`; requests and their locations. */
function redirect(action: object, locations: Readonly<Record<string, string>>, match: object = { prefix: '/p' }): Scenario {
  const exchanges = Object.entries(locations).map(([url, location]): Exchange => [`GET ${url}`, `301 ${location}`])
  return {
    name: `redirect: ${JSON.stringify(action)} of ${JSON.stringify(match)}`,
    routes: [{ match, redirect: action }],
    exchanges,
  }
}

function rewrite(name: string, match: object, action: object, exchanges: readonly Exchange[]): Scenario {
  return { name: `rewrite: ${name}`, routes: [to('a', match, action), REST], exchanges }
}

function substitute(regex: string, substitution: string): object {
  return { pattern: { regex }, substitution }
}

function template(match: string, path: string): readonly [object, object] {
  const typed = (kind: string, fields: object): object => ({
    name: kind,
    typed_config: {
      '@type': `${EXTENSIONS}.path.${kind}.uri_template.v3.UriTemplate${kind === 'match' ? 'Match' : 'Rewrite'}Config`,
      ...fields,
    },
  })
  return [
    { path_match_policy: typed('match', { path_template: match }) },
    { path_rewrite_policy: typed('rewrite', { path_template_rewrite: path }) },
  ]
}

const REDIRECTS: readonly Scenario[] = [
  redirect({}, { 'a.test/p/q?x=1': 'http://a.test/p/q?x=1' }),
  redirect({ strip_query: true }, { 'a.test/p/q?x=1': 'http://a.test/p/q' }),
  redirect({ path_redirect: '/n' }, { 'a.test/p/q?x=1': 'http://a.test/n?x=1', 'a.test/p': 'http://a.test/n' }),
  redirect({ path_redirect: '/n?y', strip_query: true }, { 'a.test/p?x': 'http://a.test/n?y', 'a.test/p': 'http://a.test/n?y' }),
  redirect({ prefix_rewrite: '/new' }, { 'a.test/p/q?x': 'http://a.test/new/q?x', 'a.test/pq': 'http://a.test/newq' }),
  redirect({ prefix_rewrite: '/new', strip_query: true }, { 'a.test/p/q?x': 'http://a.test/new/q' }),
  redirect({ prefix_rewrite: '/n' }, { 'a.test/abc/d?x': 'http://a.test/n?x' }, { safe_regex: { regex: '/abc/.' } }),
  redirect({ prefix_rewrite: '/n' }, { 'a.test/A/d?x': 'http://a.test/n/d?x' }, { prefix: '/a', case_sensitive: false }),
  redirect(
    { regex_rewrite: substitute('/p/(.)', String.raw`/n/\1\1`) },
    {
      'a.test/p/q?x=1': 'http://a.test/n/qq?x=1',
      'a.test/p/qq/p/r?a': 'http://a.test/n/qqq/n/rr?a',
      'a.test/pp': 'http://a.test/pp',
    },
  ),
  redirect({ path_redirect: 'n' }, { 'a.test/p?x': 'http://a.test/n?x' }),
  redirect({ path_redirect: 'n', host_redirect: 'b' }, { 'a.test/p?x': 'http://b/n?x' }),
  redirect({ prefix_rewrite: 'n' }, { 'a.test/pq': 'http://a.test/nq' }),
  redirect({ regex_rewrite: substitute('/', '') }, { 'a.test/p/q?x': 'http://a.test/pq?x' }),
  redirect({ host_redirect: 'b.test:82' }, { 'a.test:81/p': 'http://b.test:82/p' }),
  redirect({ host_redirect: 'b.test:82', port_redirect: 83 }, { 'a.test:81/p': 'http://b.test:82:83/p' }),
  redirect(
    { port_redirect: 83 },
    {
      'a.test:81/p': 'http://a.test:83/p',
      'a.test:x/p': 'http://a.test:83/p',
      '[::1]:80/p': 'http://[::1]:83/p',
      '[::1]/p': 'http://[::1]:83/p',
    },
  ),
  redirect(
    { https_redirect: true },
    {
      'a.test/p?x': 'https://a.test/p?x',
      'a.test:80/p': 'https://a.test/p',
      'a.test:443/p': 'https://a.test:443/p',
      'a.test:81/p': 'https://a.test:81/p',
      '[::1]:80/p': 'https://[::1]/p',
    },
  ),
  redirect({ https_redirect: true, port_redirect: 8443, host_redirect: 'c' }, { 'a.test:80/p': 'https://c:8443/p' }),
  redirect({ https_redirect: false }, { 'a.test/p': 'http://a.test/p' }),
  redirect({ scheme_redirect: 'http' }, { 'a.test:443/p': 'http://a.test:443/p', 'a.test:80/p': 'http://a.test:80/p' }),
  redirect({ scheme_redirect: 'ftp' }, { 'a.test:80/p': 'ftp://a.test/p', 'a.test:443/p': 'ftp://a.test:443/p' }),
  {
    name: 'redirect: every status',
    routes: ['MOVED_PERMANENTLY', 'FOUND', 'SEE_OTHER', 'TEMPORARY_REDIRECT', 'PERMANENT_REDIRECT'].map((code, index) => ({
      match: { path: `/${index}` },
      redirect: { path_redirect: '/n', response_code: code },
    })),
    exchanges: [301, 302, 303, 307, 308].map((status, index): Exchange => [`GET h/${index}`, `${status} http://h/n`]),
  },
]

const REWRITES: readonly Scenario[] = [
  rewrite('prefix', { prefix: '/pre/' }, { prefix_rewrite: '/' }, [
    ['GET a.test/pre/x?y', ['200 a', '> GET /x?y HTTP/1.1', '> x-envoy-original-path: /pre/x?y']],
    ['GET a.test/pre/', ['200 a', '> GET / HTTP/1.1']],
  ]),
  rewrite('the whole of an exact path', { path: '/exact' }, { prefix_rewrite: '/n?z=1' }, [
    ['GET a.test/exact?y', ['200 a', '> GET /n?z=1?y HTTP/1.1']],
  ]),
  rewrite('a separated prefix', { path_separated_prefix: '/sep' }, { prefix_rewrite: '/n' }, [
    ['GET a.test/sep/x', ['200 a', '> GET /n/x HTTP/1.1']],
  ]),
  rewrite('the whole of a path that an expression has matched', { safe_regex: { regex: '/rx/.*' } }, { prefix_rewrite: '/n' }, [
    ['GET a.test/rx/y?z', ['200 a', '> GET /n?z HTTP/1.1']],
  ]),
  rewrite('the same path', { prefix: '/same' }, { prefix_rewrite: '/same' }, [
    ['GET a.test/same', ['200 a', '> x-envoy-original-path: /same']],
  ]),
  rewrite('every match', { prefix: '/rr' }, { regex_rewrite: substitute('r(.)', String.raw`<\1>\0\\`) }, [
    ['GET a.test/rrarb?r', ['200 a', String.raw`> GET /<r>rr\a<b>rb\?r HTTP/1.1`]],
  ]),
  rewrite('empty matches', { prefix: '/r0' }, { regex_rewrite: substitute('x*', '-') }, [
    ['GET a.test/r0xxy', ['200 a', '> GET -/-r-0-y- HTTP/1.1']],
  ]),
  rewrite('variables', ...template('/t/{x}/{y=**}', '/{y}/u/{x}'), [
    ['GET a.test/t/a/b/c?q', ['200 a', '> GET /b/c/u/a?q HTTP/1.1', '> x-envoy-original-path: /t/a/b/c?q']],
    ['GET a.test/t/a/', ['200 a', '> GET //u/a HTTP/1.1']],
  ]),
  rewrite('a path in a format', { prefix: '/' }, { path_rewrite: '/n%REQ(x-to)%' }, [
    ['GET a.test/p/x?y | x-to: c', ['200 a', '> GET /nc?y HTTP/1.1']],
    ['GET a.test/p/x?y', ['200 a', '> GET /n?y HTTP/1.1']],
    ['GET a.test/p/x?y | x-to: ?z', ['200 a', '> GET /n?z?y HTTP/1.1']],
  ]),
  rewrite('host', { prefix: '/' }, { host_rewrite_literal: 'b.test' }, [
    ['GET a.test/', ['200 a', '> host: b.test', '> x-envoy-original-host: a.test', '- > x-forwarded-host']],
  ]),
  rewrite('host from a header', { prefix: '/' }, { host_rewrite_header: 'X-To' }, [
    ['GET a.test/ | x-to: c.test', ['200 a', '> host: c.test', '> x-envoy-original-host: a.test']],
    ['GET a.test/ | x-to: c | x-to: d', ['200 a', '> host: c']],
    ['GET a.test/', ['200 a', '> host: a.test', '- > x-envoy-original-host']],
  ]),
  rewrite('host from the path', { prefix: '/' }, { host_rewrite_path_regex: substitute('^/h/(.+)/.+$', String.raw`\1`) }, [
    ['GET a.test/h/c.test/x?y', ['200 a', '> host: c.test', '> GET /h/c.test/x?y HTTP/1.1']],
    ['GET a.test/h/c', ['200 a', '> host: /h/c']],
  ]),
  rewrite('host in a format', { prefix: '/' }, { host_rewrite: '%REQ(x-to)%.test' }, [
    ['GET a.test/ | x-to: c', ['200 a', '> host: c.test']],
    ['GET a.test/', ['200 a', '> host: -.test']],
  ]),
  rewrite('host of an endpoint without a name', { prefix: '/' }, { auto_host_rewrite: true }, [
    ['GET a.test/', ['200 a', '> host: a.test', '- > x-envoy-original-host']],
  ]),
  rewrite(
    'host of an endpoint with a name',
    { prefix: '/n' },
    { cluster: 'named', auto_host_rewrite: true, append_x_forwarded_host: true },
    [['GET a.test/n', ['200 a', '> host: localhost', '> x-envoy-original-host: a.test', '> x-forwarded-host: a.test']]],
  ),
  rewrite('x-forwarded-host', { prefix: '/' }, { host_rewrite_literal: 'b.test', append_x_forwarded_host: true }, [
    ['GET a.test/', ['200 a', '> x-forwarded-host: a.test']],
    ['GET a.test/ | x-forwarded-host: q', ['200 a', '> x-forwarded-host: q,a.test']],
    ['GET a.test/ | x-forwarded-host: q,a.test', ['200 a', '> x-forwarded-host: q,a.test']],
    ['GET a.test/ | x-forwarded-host: a.test,q', ['200 a', '> x-forwarded-host: a.test,q,a.test']],
  ]),
  rewrite('x-forwarded-host without a rewrite', { prefix: '/' }, { append_x_forwarded_host: true }, [
    ['GET a.test/', ['200 a', '- > x-forwarded-host']],
  ]),
]

const FORMATS = {
  json: { json_format: { p: '%REQ(:PATH)%', n: '%REQ(x-no)%', list: ['a%PROTOCOL%', 1] } },
  text: { text_format_source: { inline_string: '[%REQ(:PATH)%|%REQ(x-no)%|é]' }, content_type: 'text/html' },
  around: { text_format: '<%LOCAL_REPLY_BODY%>' },
}

const OTHERS: readonly Scenario[] = [
  {
    name: 'direct response: bodies in a format',
    routes: [
      { match: { prefix: '/j' }, direct_response: { status: 200, body_format: FORMATS.json } },
      {
        match: { prefix: '/t' },
        direct_response: { status: 201, body_format: FORMATS.text },
        response_headers_to_add: [{ header: { key: 'x-a', value: '1' } }],
      },
      { match: { prefix: '/b' }, direct_response: { status: 200, body: { inline_string: 'body' }, body_format: FORMATS.around } },
      { match: { prefix: '/n' }, direct_response: { status: 204, body_format: FORMATS.text } },
    ],
    exchanges: [
      ['GET h/j', ['200 {"list":["aHTTP/1.1",1],"n":null,"p":"/j"}', 'content-type: application/json']],
      ['GET h/t', ['201 http://h/t', 'content-type: text/html', '[/t|-|\xc3\xa9]', 'x-a: 1']],
      ['GET h/b', ['200 <body>', 'content-type: text/plain']],
      ['HEAD h/b', ['200', 'content-length: 6']],
      ['POST h/b | content-type: application/grpc', ['200', 'grpc-status: 2', 'grpc-message: <body>']],
    ],
  },
  {
    name: 'direct response: larger bodies where the table allows them',
    table: {
      max_direct_response_body_size_bytes: 5000,
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [{ match: { prefix: '/' }, direct_response: { status: 200, body: { inline_string: 'x'.repeat(5000) } } }],
        },
      ],
    },
    exchanges: [['GET h/', ['200 ' + 'x'.repeat(5000), 'content-length: 5000']]],
  },
  {
    name: 'non_forwarding_action: nobody answers',
    routes: [{ match: { prefix: '/' }, non_forwarding_action: {} }],
    exchanges: [['GET h/', '503']],
  },
  {
    name: 'cluster_not_found_response_code',
    table: {
      validate_clusters: false,
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          routes: [
            to('no', { prefix: '/404' }, { cluster_not_found_response_code: 'NOT_FOUND' }),
            to('no', { prefix: '/500' }, { cluster_not_found_response_code: 'INTERNAL_SERVER_ERROR' }),
            to('no', { prefix: '/' }),
          ],
        },
      ],
    },
    exchanges: [
      ['GET h/404', '404'],
      ['GET h/500', '500'],
      ['GET h/', '503'],
    ],
  },
  {
    name: 'weighted clusters: a header decides',
    routes: [
      {
        match: { prefix: '/' },
        route: {
          weighted_clusters: {
            clusters: [
              { name: 'a', weight: 1, host_rewrite_literal: 'w.test' },
              { cluster_header: 'x-c', weight: 1 },
              { name: 'b', weight: 2 },
              { name: 'z', weight: 0 },
            ],
            header_name: 'x-draw',
          },
        },
      },
    ],
    exchanges: [
      ['GET h/ | x-draw: 0', ['200 a', '> host: w.test', '- > x-envoy-original-host']],
      ['GET h/ | x-draw: 1', '503'],
      ['GET h/ | x-draw: 1 | x-c: c', '200 c'],
      ['GET h/ | x-draw: 2', '200 b'],
      ['GET h/ | x-draw: 3', ['200 b', '> host: h']],
      ['GET h/ | x-draw: 4', '200 a'],
      ['GET h/ | x-draw: 18446744073709551615', '200 b'],
    ],
  },
  {
    name: 'attempt counts',
    table: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          include_request_attempt_count: true,
          include_attempt_count_in_response: true,
          routes: [
            to('a', { prefix: '/a' }),
            to('empty', { prefix: '/e' }),
            { match: { prefix: '/d' }, direct_response: { status: 200 } },
            { match: { prefix: '/c' }, route: { cluster_header: 'x-c' } },
          ],
        },
      ],
    },
    exchanges: [
      ['GET h/a', ['200 a', '> x-envoy-attempt-count: 1', 'x-envoy-attempt-count: 1']],
      ['GET h/a | x-envoy-attempt-count: 7', ['200 a', '> x-envoy-attempt-count: 1']],
      ['GET h/e', ['503 no healthy upstream', 'x-envoy-attempt-count: 1']],
      ['GET h/c', ['503', '- x-envoy-attempt-count']],
      ['GET h/d', ['200', '- x-envoy-attempt-count']],
    ],
  },
  {
    name: 'require_tls: all',
    table: {
      virtual_hosts: [
        {
          name: 'all',
          domains: ['*'],
          require_tls: 'ALL',
          routes: [to('a', { prefix: '/' })],
          response_headers_to_add: [{ header: { key: 'x-a', value: '1' } }],
        },
      ],
    },
    exchanges: [
      ['GET h:80/x?y', '301 https://h:80/x?y'],
      ['GET h/none', '301 https://h/none'],
      ['GET h/x | x-forwarded-proto: https', ['200 a', 'x-a: 1']],
    ],
  },
  {
    name: 'require_tls: of external requests',
    table: { virtual_hosts: [{ name: 'all', domains: ['*'], require_tls: 'EXTERNAL_ONLY', routes: [to('a', { prefix: '/' })] }] },
    exchanges: [
      ['GET h/x?y', '301 https://h/x?y'],
      ['GET h/x | x-envoy-internal: true', '301 https://h/x'],
      ['GET h/x | x-forwarded-proto: https', '200 a'],
    ],
  },
]

export const ACTION_SCENARIOS: readonly Scenario[] = [...REDIRECTS, ...REWRITES, ...OTHERS]
