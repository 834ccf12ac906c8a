/** Options of the connection manager around routing. */
import { to, type Exchange, type Scenario } from '../scenario.ts'

const ROUTES = [to('a', { prefix: '/' })]

function manager(name: string, options: object, exchanges: readonly Exchange[], routes: readonly object[] = ROUTES): Scenario {
  return { name: `manager: ${name}`, manager: options, routes, exchanges }
}

const HOSTS: readonly Scenario[] = [
  manager('strip_any_host_port', { strip_any_host_port: true }, [
    ['GET A.test:80/', ['200 a', '> host: A.test']],
    ['GET a.test:/', ['200 a', '> host: a.test:']],
    ['GET a.test:x/', ['200 a', '> host: a.test:x']],
    ['GET [::1]:80/', ['200 a', '> host: [::1]']],
    ['GET a.test:99999/', ['200 a', '> host: a.test']],
  ]),
  manager('strip_matching_host_port', { strip_matching_host_port: true }, [
    ['GET a.test:80/', ['200 a', '> host: a.test:80']],
    ['GET a.test:{port}/', ['200 a', '> host: a.test']],
    ['GET a.test/', ['200 a', '> host: a.test']],
  ]),
  manager('strip_trailing_host_dot', { strip_trailing_host_dot: true }, [
    ['GET a.test./', ['200 a', '> host: a.test']],
    ['GET a.test.:80/', ['200 a', '> host: a.test:80']],
    ['GET a.test../', ['200 a', '> host: a.test.']],
    ['GET a.test/', ['200 a', '> host: a.test']],
  ]),
  manager('dot and port', { strip_trailing_host_dot: true, strip_any_host_port: true }, [
    ['GET a.test.:80/', ['200 a', '> host: a.test']],
  ]),
  manager(
    'scheme_to_overwrite',
    { scheme_header_transformation: { scheme_to_overwrite: 'https' } },
    [
      ['GET a.test:80/r', '301 https://a.test:80/n'],
      ['GET a.test/', ['200 a', '> x-forwarded-proto: https']],
    ],
    [{ match: { prefix: '/r' }, redirect: { path_redirect: '/n' } }, ...ROUTES],
  ),
]

const INSIDE = {
  cidr_ranges: [
    { address_prefix: '10.0.0.0', prefix_len: 8 },
    { address_prefix: 'fd00::', prefix_len: 16 },
  ],
}
const SELF = { cidr_ranges: [{ address_prefix: '127.0.0.1', prefix_len: 32 }] }

const PEERS: readonly Scenario[] = [
  manager('append_x_forwarded_port', { append_x_forwarded_port: true }, [
    ['GET h/', ['200 a', '> x-forwarded-port: {port}']],
    ['GET h/ | x-forwarded-port: 7', ['200 a', '> x-forwarded-port: 7']],
  ]),
  manager('append_x_forwarded_port at the edge', { append_x_forwarded_port: true, use_remote_address: true }, [
    ['GET h/ | x-forwarded-port: 7', ['200 a', '> x-forwarded-port: {port}']],
  ]),
  manager('via at the edge', { via: 'v.test', use_remote_address: true, always_set_request_id_in_response: true }, [
    ['GET h/', ['200 a', '> via: v.test', 'via: v.test']],
    ['GET h/ | via: 1.1 other', ['200 a', '> via: 1.1 other, v.test']],
    ['GET h/ | x-envoy-external-address: 1.1.1.1 | via: 1.1 other | x-forwarded-for: 1.2.3.4', ['200 a']],
    ['GET h/ | x-answer: 200 ; via: 1.0 back', ['200 a', 'via: 1.0 back, v.test']],
  ]),
  manager('internal_address_config', { internal_address_config: INSIDE }, [
    ['GET h/ | x-forwarded-for: 10.1.1.1 | x-envoy-internal: q', ['200 a', '> x-envoy-internal: true']],
    ['GET h/ | x-forwarded-for: 10.1.1.1 | x-envoy-original-url: q', ['200 a', '> x-envoy-original-url: q']],
    ['GET h/ | x-forwarded-for: fd00::1', ['200 a', '> x-envoy-internal: true']],
    ['GET h/ | x-forwarded-for: 9.1.1.1 | x-envoy-internal: true', ['200 a', '- > x-envoy-internal']],
    ['GET h/ | x-forwarded-for: 9.1.1.1 | x-envoy-original-url: q', ['200 a', '- > x-envoy-original-url']],
    ['GET h/ | x-forwarded-for: 10.1.1.1, 10.0.0.2', ['200 a', '- > x-envoy-internal']],
    ['GET h/ | x-forwarded-for: 10.1.1.1,9.9.9.9', ['200 a', '- > x-envoy-internal']],
    ['GET h/ | x-forwarded-for: nobody', ['200 a', '- > x-envoy-internal']],
    ['GET h/', ['200 a', '- > x-envoy-internal']],
  ]),
  manager('internal_address_config at the edge', { internal_address_config: SELF, use_remote_address: true }, [
    ['GET h/', ['200 a', '> x-envoy-internal: true', '- > x-envoy-external-address']],
    ['GET h/ | x-forwarded-for: 10.1.1.1', ['200 a', '> x-envoy-external-address: 127.0.0.1', '- > x-envoy-internal']],
    ['GET h/ | x-request-id: q', ['200 a', '> x-request-id: q']],
    ['GET h/ | x-forwarded-for: 1.1.1.1 | x-request-id: q', ['200 a', '- > x-request-id: q']],
  ]),
  {
    name: 'manager: require_tls spares peers inside',
    manager: { internal_address_config: INSIDE },
    table: { virtual_hosts: [{ name: 'all', domains: ['*'], require_tls: 'EXTERNAL_ONLY', routes: ROUTES }] },
    exchanges: [
      ['GET h/x | x-forwarded-for: 10.1.1.1', '200 a'],
      ['GET h/x | x-forwarded-for: 9.1.1.1', '301 https://h/x'],
    ],
  },
]

const ANSWERS = [
  { match: { prefix: '/d' }, direct_response: { status: 404, body: { inline_string: 'nope' } } },
  to('empty', { prefix: '/503' }),
  to('a', { prefix: '/a' }),
]

function status(op: string, value: number): object {
  return { status_code_filter: { comparison: { op, value: { default_value: value, runtime_key: 'k' } } } }
}

function replies(name: string, config: object, exchanges: readonly Exchange[]): Scenario {
  return manager(`local_reply_config: ${name}`, { local_reply_config: config }, exchanges, ANSWERS)
}

const ADD = (key: string, value: string): object[] => [{ header: { key, value } }]

const REPLIES: readonly Scenario[] = [
  replies('text', { body_format: { text_format: '%RESPONSE_CODE% %LOCAL_REPLY_BODY% %REQ(:PATH)%' } }, [
    ['GET h/d', ['404 404 nope /d', 'content-type: text/plain']],
    ['GET h/503', '503 503 no healthy upstream /503'],
    ['GET h/none', '404 404  /none'],
    ['GET h/a | x-answer: 503', '503 a'],
    ['GET /x', ['400 400  /x', 'connection: close']],
    ['POST h/d | content-type: application/grpc', ['200', 'grpc-status: 12', 'grpc-message: 404 nope /d']],
    ['HEAD h/d', ['404', 'content-length: 11']],
  ]),
  replies(
    'JSON',
    {
      body_format: {
        json_format: { c: '%RESPONSE_CODE%', b: '%LOCAL_REPLY_BODY%', d: '%RESPONSE_CODE_DETAILS%', f: '%RESPONSE_FLAGS%' },
      },
    },
    [
      [
        'GET h/503',
        ['503 {"b":"no healthy upstream","c":503,"d":"no_healthy_upstream","f":"UH"}', 'content-type: application/json'],
      ],
      ['GET h/none', '404 {"b":"","c":404,"d":"route_not_found","f":"NR"}'],
      ['HEAD h/503', '503'],
    ],
  ),
  replies(
    'mappers: the first that fits',
    {
      mappers: [
        {
          filter: status('EQ', 503),
          status_code: 500,
          body: { inline_string: 'mapped' },
          headers_to_add: ADD('x-m', '%RESPONSE_CODE%'),
        },
        { filter: status('GE', 404), body_format_override: { text_format: 'o %LOCAL_REPLY_BODY%\n', content_type: 'text/x' } },
      ],
      body_format: { text_format: 'f %LOCAL_REPLY_BODY%' },
    },
    [
      ['GET h/503', ['500 f mapped', 'x-m: 503', 'content-type: text/plain']],
      ['GET h/none', ['404 o ', 'content-type: text/x']],
      ['GET h/d', ['404 o nope', 'content-type: text/x']],
      ['GET h/a | x-answer: 503', '503 a'],
    ],
  ),
  replies(
    'mappers: every filter',
    {
      mappers: [
        { filter: { header_filter: { header: { name: 'x-h', string_match: { exact: '1' } } } }, status_code: 418 },
        { filter: { response_flag_filter: { flags: ['NR', 'LH'] } }, status_code: 419 },
        {
          filter: { and_filter: { filters: [{ not_health_check_filter: {} }, status('LE', 503), status('NE', 404)] } },
          headers_to_add: ADD('x-and', '1'),
        },
        { filter: { or_filter: { filters: [{ response_flag_filter: {} }, status('EQ', 404)] } }, body: { inline_string: 'or' } },
      ],
    },
    [
      ['GET h/503', ['503 no healthy upstream', 'x-and: 1']],
      ['GET h/none', '419'],
      ['GET h/d', '404 or'],
      ['GET h/d | x-h: 1', '418 nope'],
      ['GET h/none | x-h: 1', '418'],
    ],
  ),
  replies(
    'a body without a format',
    { mappers: [{ filter: status('EQ', 404), body: { inline_string: 'b' }, status_code: 400 }] },
    [
      ['GET h/d', ['400 b', '- connection: close']],
      ['GET h/none', '400 b'],
    ],
  ),
  replies(
    'a body of nothing',
    { mappers: [{ filter: status('EQ', 404), body_format_override: { text_format: '%REQ(x-no):0%' } }] },
    [['GET h/d', ['404 -']]],
  ),
]

const NORMAL: readonly Exchange[] = [
  ['GET h/a/..;/b', ['200 a', '> GET /b HTTP/1.1']],
  ['GET h/a/..;x=1/b', ['200 a', '> GET /b HTTP/1.1']],
  ['GET h/a/.;x/b', ['200 a', '> GET /a/b HTTP/1.1']],
  ['GET h/a/..;', ['200 a', '> GET / HTTP/1.1']],
  ['GET h/a/.;', ['200 a', '> GET /a/ HTTP/1.1']],
  ['GET h/a/%2e%2e;/b', ['200 a', '> GET /a/..;/b HTTP/1.1']],
  ['GET h/a/b;/..', ['200 a', '> GET /a/ HTTP/1.1']],
  ['GET h/a/...;/b', ['200 a', '> GET /a/...;/b HTTP/1.1']],
  ['GET h/a/;/b', ['200 a', '> GET /a/;/b HTTP/1.1']],
  ['GET h/a/..%3b/b', ['200 a', '> GET /a/..%3b/b HTTP/1.1']],
  ['GET h/a\\..;/b?c/..;/d', ['200 a', '> GET /a/..;/b?c/..;/d HTTP/1.1']],
  ['GET h/a/..;\\b', ['200 a', '> GET / HTTP/1.1']],
  ['GET h/../a/./b/../c?x/../y', ['200 a', '> GET /a/c?x/../y HTTP/1.1']],
  ['GET h/%c3%a9/%41/%2F', ['200 a', '> GET /%c3%a9/A/%2F HTTP/1.1']],
]

const PATHS: readonly Scenario[] = [
  manager('normalize_path', { normalize_path: true }, NORMAL),
  manager('merge_slashes', { merge_slashes: true }, [['GET h//a///b?c//d', ['200 a', '> GET /a/b?c//d HTTP/1.1']]]),
  manager(
    'all of them',
    { normalize_path: true, merge_slashes: true, path_with_escaped_slashes_action: 'UNESCAPE_AND_REDIRECT' },
    [
      ['GET h/a%2fb?x', '307 /a/b?x'],
      ['GET h/a%2F..%2Fb', '307 /b'],
      ['GET h//a//b', ['200 a', '> GET /a/b HTTP/1.1']],
      ['GET h/a%5cb', '307 /a/b'],
    ],
  ),
]

/** Changes before anything else. */
function early(...mutations: readonly object[]): object {
  const type = 'type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation'
  return { early_header_mutation_extensions: [{ name: 'early', typed_config: { '@type': type, mutations } }] }
}

function append(key: string, value: string, append_action = 'APPEND_IF_EXISTS_OR_ADD'): object {
  return { append: { header: { key, value }, append_action } }
}

const EARLY: readonly Scenario[] = [
  manager(
    'early mutations, before the route is chosen',
    early({ remove: 'x-gone' }, append('x-kind', 'b', 'OVERWRITE_IF_EXISTS_OR_ADD'), append('x-late', '%REQ(x-kind)%')),
    [
      ['GET h/ | x-kind: a', ['200 b', '> x-kind: b', '> x-late: b']],
      ['GET h/ | x-gone: 1 | X-Gone: 2', ['200 b', '- > x-gone', '- > X-Gone']],
    ],
    [to('b', { prefix: '/', headers: [{ name: 'x-kind', string_match: { exact: 'b' } }] }), ...ROUTES],
  ),
  manager('early mutations, after one another', early(append('x-a', '1'), { remove: 'x-a' }, append('x-a', '2')), [
    ['GET h/ | x-a: 0', ['200 a', '> x-a: 2', '- > x-a: 0', '- > x-a: 1']],
  ]),
  manager(
    'early mutations by what is there',
    early(append('x-a', '1', 'ADD_IF_ABSENT'), append('x-b', '1', 'OVERWRITE_IF_EXISTS')),
    [
      ['GET h/', ['200 a', '> x-a: 1', '- > x-b']],
      ['GET h/ | x-a: 0 | x-b: 0', ['200 a', '> x-a: 0', '> x-b: 1']],
    ],
  ),
  manager('early mutations, before the address is known', early(append('x-forwarded-for', '9.9.9.9')), [
    ['GET h/ | x-forwarded-for: 10.1.1.1', ['200 a']],
  ]),
  manager('early mutations, before what is internal is removed', early(append('x-envoy-original-url', 'q')), [
    ['GET h/', ['200 a']],
  ]),
  manager(
    'early mutations, before the request has an id',
    { ...early(append('x-request-id', 'mine', 'OVERWRITE_IF_EXISTS_OR_ADD')), always_set_request_id_in_response: true },
    [['GET h/ | x-request-id: theirs', ['200 a', 'x-request-id: mine']]],
  ),
  manager(
    'early mutations, before what belongs to the connection is removed',
    early(append('connection', 'x-a'), append('x-a', '1')),
    [
      ['GET h/ | x-a: 0', ['200 a', '> x-a: 0', '> x-a: 1', '- > connection']],
      ['GET h/ | connection: x-b | x-b: 0', ['200 a', '- > x-b', '- > connection']],
    ],
  ),
  manager(
    'early mutations of how the body ends',
    early(append('transfer-encoding', 'chunked'), append('keep-alive', '3'), append('te', 'x'), append('proxy-connection', 'x')),
    [['GET h/', ['200 a', '- > transfer-encoding', '- > keep-alive', '- > te', '- > proxy-connection']]],
  ),
]

export const MANAGER_SCENARIOS: readonly Scenario[] = [...EARLY, ...HOSTS, ...PEERS, ...REPLIES, ...PATHS]
