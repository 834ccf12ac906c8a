/** Which route of a virtual host takes a request. */
import { REST, to, type Exchange, type Scenario } from '../scenario.ts'

/** One condition, tried by requests that it takes (true) or not. */
function condition(name: string, match: object, takes: Readonly<Record<string, boolean>>): Scenario {
  const exchanges = Object.entries(takes).map(([request, is]): Exchange => [request, is ? '200 a' : '200 z'])
  return { name, routes: [to('a', match), REST], exchanges }
}

function paths(match: object, takes: Readonly<Record<string, boolean>>): Scenario {
  const name = `path: ${JSON.stringify(match)}`
  return condition(name, match, Object.fromEntries(Object.entries(takes).map(([path, is]) => [`GET h.test${path}`, is])))
}

/** A condition on the header `x-h`; the requests are their values of it, null = without. */
function header(matcher: object, takes: readonly (readonly [value: string | null, is: boolean])[]): Scenario {
  const requests = takes.map(([value, is]) => [`GET h.test/${value === null ? '' : ` | x-h: ${value}`}`, is] as const)
  const match = { prefix: '/', headers: [{ name: 'X-H', ...matcher }] }
  return condition(`header: ${JSON.stringify(matcher)}`, match, Object.fromEntries(requests))
}

function query(matcher: object, takes: Readonly<Record<string, boolean>>): Scenario {
  const requests = Object.entries(takes).map(([text, is]) => [`GET h.test/${text}`, is] as const)
  const match = { prefix: '/', query_parameters: [{ name: 'a', ...matcher }] }
  return condition(`query: ${JSON.stringify(matcher)}`, match, Object.fromEntries(requests))
}

function template(text: string): object {
  const type = 'type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig'
  return { path_match_policy: { name: 't', typed_config: { '@type': type, path_template: text } } }
}

const PATHS: readonly Scenario[] = [
  paths({ prefix: '/a' }, { '/a': true, '/abc': true, '/a?x=1': true, '/A': false, '/b/a': false }),
  paths({ prefix: '/a?b' }, { '/a?b': false, '/a?bc': false }),
  paths({ prefix: '/Ab', case_sensitive: false }, { '/aBc': true, '/AB?x': true, '/b': false }),
  paths({ path: '/a/b' }, { '/a/b': true, '/a/b?x=1': true, '/a/b/': false, '/a/B': false, '/a': false }),
  paths({ path: '/A', case_sensitive: false }, { '/a': true, '/A': true, '/ab': false }),
  paths({ path_separated_prefix: '/a/b' }, { '/a/b': true, '/a/b/': true, '/a/b/c?x': true, '/a/bc': false, '/a/b?x': true }),
  paths({ path_separated_prefix: '/a', case_sensitive: false }, { '/A/c': true, '/A': true, '/Ab': false }),
  paths(
    { safe_regex: { regex: '/a/[0-9]+(/b)?' } },
    { '/a/1': true, '/a/12/b?x': true, '/a/1/c': false, '/a/': false, '/xa/1': false },
  ),
  paths({ safe_regex: { regex: '/a' } }, { '/a': true, '/ab': false, '/a?b': true }),
  paths({ safe_regex: { regex: '/a' }, case_sensitive: false }, { '/A': false }),
  paths({ safe_regex: { regex: '(?i)/a.*z' } }, { '/Abc%20Z': true, '/az': true, '/a': false }),
  paths({ safe_regex: { regex: '(a+)+b|/(x+)+y' } }, { [`/${'x'.repeat(60)}`]: false, '/xxy': true }),
  paths(template('/a/*'), { '/a/b': true, '/a/': false, '/a/b/c': false, '/a/b.c%20': true, '/a/b?x=1': true, '/a': false }),
  paths(template('/a/**'), { '/a/b/c': true, '/a/': true, '/a': false, '/b/c': false }),
  paths(template('/{x}/b/{y=c/*}'), { '/a/b/c/d': true, '/a/b/d/c': false, '/b/c/d': false }),
  paths(template('/**.m3u8'), { '/a/b.m3u8': true, '/.m3u8': true, '/a/b.m3u': false, '/am3u8': false }),
  paths(template('/a.b+(c)/'), { '/a.b+(c)/': true, '/axb+(c)/': false, '/a.b+(c)': false }),
]

const SET = { exact: 'v' }
const HEADERS: readonly Scenario[] = [
  header({ string_match: SET }, [
    ['v', true],
    ['V', false],
    ['v,v', false],
    [null, false],
  ]),
  header({ string_match: { exact: 'V', ignore_case: true } }, [
    ['v', true],
    ['V', true],
    ['w', false],
  ]),
  header({ string_match: { prefix: 'ab' } }, [
    ['abc', true],
    ['xab', false],
    ['AB', false],
  ]),
  header({ string_match: { suffix: 'bc' } }, [
    ['abc', true],
    ['bcx', false],
  ]),
  header({ string_match: { contains: 'B', ignore_case: true } }, [
    ['abc', true],
    ['ac', false],
  ]),
  header({ string_match: { safe_regex: { regex: 'a.c' } } }, [
    ['abc', true],
    ['abcd', false],
    ['a\xe9c', true],
    ['a\xc3\xa9c', false],
  ]),
  header({ string_match: { safe_regex: { regex: '.*' } } }, [
    ['', true],
    ['\xff', true],
    [null, false],
  ]),
  header({ string_match: { exact: 'a,b' } }, [
    ['a | x-h: b', false],
    ['a,b', true],
    ['a', false],
  ]),
  header({ string_match: { exact: 'a' } }, [
    ['a | x-h: b', true],
    ['b | x-h: a', true],
    ['b | x-h: c', false],
  ]),
  header({ string_match: { exact: 'a' }, invert_match: true }, [
    ['a | x-h: b', false],
    ['b | x-h: a', false],
    ['b | x-h: c', true],
  ]),
  header({ range_match: { start: 1, end: 5 } }, [
    ['9 | x-h: 2', true],
    ['2,9', false],
  ]),
  header({ string_match: SET, invert_match: true }, [
    ['v', false],
    ['w', true],
    [null, false],
  ]),
  header({ string_match: SET, invert_match: true, treat_missing_header_as_empty: true }, [
    ['v', false],
    [null, true],
  ]),
  header({ string_match: { exact: '' }, treat_missing_header_as_empty: true }, [
    [null, true],
    ['', true],
    ['v', false],
  ]),
  header({ present_match: true }, [
    ['', true],
    ['v', true],
    [null, false],
  ]),
  header({ present_match: false }, [
    ['v', false],
    [null, true],
  ]),
  header({ present_match: true, invert_match: true }, [
    ['v', false],
    [null, true],
  ]),
  header({ present_match: true, treat_missing_header_as_empty: true }, [
    ['v', true],
    [null, true],
  ]),
  header({}, [
    ['v', true],
    [null, false],
  ]),
  header({ range_match: { start: '-10', end: '10' } }, [
    ['-10', true],
    ['9', true],
    ['10', false],
    ['+5', true],
    ['5x', false],
    ['', false],
    ['0x5', false],
    ['007', true],
    [null, false],
  ]),
  header({ range_match: { start: '0', end: '10' }, invert_match: true }, [
    ['5', false],
    ['x', true],
    [null, false],
  ]),
  header({ exact_match: 'v' }, [
    ['v', true],
    ['w', false],
  ]),
  header({ exact_match: '' }, [
    ['v', true],
    [null, false],
  ]),
  header({ prefix_match: 'v' }, [
    ['vw', true],
    ['wv', false],
  ]),
  header({ suffix_match: 'v' }, [
    ['vw', false],
    ['wv', true],
  ]),
  header({ contains_match: 'v' }, [
    ['avb', true],
    ['ab', false],
  ]),
  header({ safe_regex_match: { regex: 'v+' } }, [
    ['vv', true],
    ['vw', false],
  ]),
]

const QUERIES: readonly Scenario[] = [
  query(
    { string_match: { exact: '1' } },
    { '?a=1': true, '?b=2&a=1&a=3': true, '?a=3&a=1': false, '?a=%31': false, '': false, '?a': false },
  ),
  query({ string_match: { exact: '' } }, { '?a': true, '?a=': true, '?a=1': false }),
  query({ string_match: { safe_regex: { regex: '[0-9]+' } } }, { '?a=12': true, '?a=1x': false }),
  query({ string_match: { exact: 'x=y' } }, { '?a=x=y': true }),
  query({ string_match: { prefix: 'v', ignore_case: true } }, { '?a=Vw': true, '?a=w': false }),
  query({ present_match: true }, { '?a': true, '?x&a=1': true, '?ab=1': false, '?A=1': false }),
  query({ present_match: false }, { '?x': true, '?a': false }),
  query({}, { '?a=1': true, '?b': false }),
]

const GRPC = { 'content-type': 'application/grpc' }

function grpc(type: string): string {
  return `POST h.test/ | content-type: ${type}`
}

const OTHERS: readonly Scenario[] = [
  condition(
    'methods',
    { prefix: '/', headers: [{ name: ':method', string_match: { exact: 'POST' } }] },
    {
      'POST h.test/': true,
      'GET h.test/': false,
    },
  ),
  condition(
    'pseudo headers',
    { prefix: '/', headers: [{ name: ':authority', string_match: { suffix: '.test' } }] },
    {
      'GET h.test/': true,
      'GET h.org/': false,
    },
  ),
  condition(
    'grpc',
    { prefix: '/', grpc: {} },
    {
      [grpc(GRPC['content-type'])]: true,
      [grpc('application/grpc+proto')]: true,
      [grpc('application/grpc-web')]: false,
      [grpc('application/json')]: false,
      'GET h.test/': false,
    },
  ),
  condition(
    'runtime_fraction: all',
    { prefix: '/', runtime_fraction: { default_value: { numerator: 100 }, runtime_key: 'k' } },
    {
      'GET h.test/': true,
    },
  ),
  condition('runtime_fraction: none', { prefix: '/', runtime_fraction: { default_value: {} } }, { 'GET h.test/': false }),
  condition(
    'runtime_fraction: more than all',
    { prefix: '/', runtime_fraction: { default_value: { numerator: 2_000_000, denominator: 'MILLION' } } },
    { 'GET h.test/': true },
  ),
  {
    name: 'the first route that fits wins',
    routes: [to('a', { prefix: '/a/b' }), to('b', { prefix: '/a' }), to('c', { prefix: '/a/c' })],
    exchanges: [
      ['GET h.test/a/b', '200 a'],
      ['GET h.test/a/c', '200 b'],
      ['GET h.test/c', '404'],
    ],
  },
  {
    name: 'all conditions must hold',
    routes: [
      to('a', {
        prefix: '/a',
        headers: [{ name: 'x-h', string_match: { exact: '1' } }, { name: 'x-i' }],
        query_parameters: [{ name: 'q' }],
      }),
      REST,
    ],
    exchanges: [
      ['GET h.test/a?q | x-h: 1 | x-i: 2', '200 a'],
      ['GET h.test/a | x-h: 1 | x-i: 2', '200 z'],
      ['GET h.test/a?q | x-h: 1', '200 z'],
      ['GET h.test/b?q | x-h: 1 | x-i: 2', '200 z'],
    ],
  },
]

const CERTIFICATES: readonly Scenario[] = [
  {
    name: 'match: tls_context without TLS',
    routes: [
      to('a', { prefix: '/shown', tls_context: { presented: true } }),
      to('b', { prefix: '/hidden', tls_context: { presented: false } }),
      to('b', { prefix: '/valid', tls_context: { validated: true } }),
      to('c', { prefix: '/invalid', tls_context: { validated: false } }),
      to('a', { prefix: '/any', tls_context: {} }),
      REST,
    ],
    exchanges: [
      ['GET h/shown', '200 z'],
      ['GET h/hidden', '200 b'],
      ['GET h/valid', '200 z'],
      ['GET h/invalid', '200 c'],
      ['GET h/any', '200 a'],
    ],
  },
  {
    name: 'match: connect_matcher takes no other requests',
    routes: [to('a', { connect_matcher: {} }), REST],
    exchanges: [
      ['GET h/', '200 z'],
      ['OPTIONS h/', '200 z'],
    ],
  },
]

export const MATCH_SCENARIOS: readonly Scenario[] = [...PATHS, ...HEADERS, ...QUERIES, ...OTHERS, ...CERTIFICATES]
