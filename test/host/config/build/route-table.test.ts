/** What the data plane gets of routes. */
import { NO_MUTATIONS } from '../../../../host/route/plain-route.ts'
import { describe, expect, it } from 'vitest'
import { HOST, ROUTE, TABLE } from '../sample.ts'
import { managerOf, routeOf } from './parts.ts'

describe('buildRouteTable', () => {
  it('lower-cases domains and names of headers, and turns text into bytes', () => {
    const mutations = {
      request_headers_to_add: [{ header: { key: 'X-A', value: 'ü' }, append_action: 'ADD_IF_ABSENT' }],
      request_headers_to_remove: ['X-B'],
      response_headers_to_add: [{ header: { key: 'X-C', value: '%REQ(x)%' } }],
      response_headers_to_remove: ['X-D'],
    }
    const built = {
      requestAdd: [{ name: 'x-a', value: '\u00c3\u00bc', action: 'ADD_IF_ABSENT', keepsEmpty: false }],
      requestRemove: ['x-b'],
      responseAdd: [{ name: 'x-c', value: '%REQ(x)%', action: 'APPEND_IF_EXISTS_OR_ADD', keepsEmpty: false }],
      responseRemove: ['x-d'],
    }
    const places = [TABLE, HOST, ROUTE].flatMap((path) =>
      Object.entries(mutations).map(([key, value]) => [`${path}.${key}`, value]),
    )
    const { routes } = managerOf({
      ...Object.fromEntries(places),
      [`${HOST}.domains`]: ['A.Test', '*.B.test'],
      [`${TABLE}.name`]: 't',
    })
    const host = routes.virtualHosts[0]!
    expect(routes.name).toBe('t')
    expect(host.domains).toEqual(['a.test', '*.b.test'])
    expect([routes.headers, host.headers, host.routes[0]!.headers]).toEqual([built, built, built])
  })

  it('makes a match of every condition', () => {
    const match = {
      path_separated_prefix: '/ü',
      case_sensitive: false,
      headers: [
        { name: 'A' },
        { name: 'b', present_match: false, invert_match: true },
        { name: 'c', range_match: { start: -5, end: 7 }, treat_missing_header_as_empty: true },
        { name: 'd', string_match: { exact: '' } },
        { name: 'e', string_match: { contains: 'x', ignore_case: true } },
      ],
      query_parameters: [{ name: 'Q', string_match: { suffix: 'z' } }, { name: 'r', present_match: true }, { name: 's' }],
    }
    const plain = { invert: false, treatMissingAsEmpty: false }
    expect(routeOf({ [`${ROUTE}.match`]: match, [`${ROUTE}.name`]: 'n' })).toMatchObject({
      name: 'n',
      match: {
        path: { kind: 'separated_prefix', value: '/\u00c3\u00bc' },
        caseSensitive: false,
        headers: [
          { name: 'a', match: { kind: 'present', present: true }, ...plain },
          { name: 'b', match: { kind: 'present', present: false }, ...plain, invert: true },
          { name: 'c', match: { kind: 'range', start: -5n, end: 7n }, ...plain, treatMissingAsEmpty: true },
          { name: 'd', match: { kind: 'exact', value: '', ignoreCase: false }, ...plain },
          { name: 'e', match: { kind: 'contains', value: 'x', ignoreCase: true }, ...plain },
        ],
        queryParameters: [
          { name: 'Q', match: { kind: 'suffix', value: 'z', ignoreCase: false } },
          { name: 'r', match: { kind: 'present', present: true } },
          { name: 's', match: { kind: 'present', present: true } },
        ],
      },
    })
  })

  const forward = {
    kind: 'cluster',
    cluster: { kind: 'name', name: 'up' },
    timeout: 15000,
    idleTimeout: null,
    pathRewrite: null,
    hostRewrite: null,
    appendsForwardedHost: false,
    notFoundStatus: 503,
    duration: null,
    retry: null,
    hedges: null,
    isHighPriority: false,
    mirrors: [],
    redirects: null,
    hashPolicies: [],
    metadataMatch: null,
    upgrades: new Map(),
  }
  const redirect = { kind: 'redirect', scheme: '', host: '', port: 0, keepsPort: false, path: null, stripQuery: false }
  it.each([
    ['route', { cluster: 'up' }, forward],
    ['route', { cluster_header: 'X-To' }, { ...forward, cluster: { kind: 'header', header: 'x-to' } }],
    [
      'route',
      {
        weighted_clusters: {
          clusters: [
            { name: 'up', weight: 1 },
            { name: 'up', weight: 0 },
          ],
        },
      },
      {
        ...forward,
        cluster: {
          kind: 'weighted',
          clusters: [1, 0].map((weight) => ({
            cluster: { kind: 'name', name: 'up' },
            weight,
            headers: NO_MUTATIONS,
            metadataMatch: null,
            hostRewrite: null,
          })),
          total: 1,
          valueHeader: null,
        },
      },
    ],
    [
      'route',
      {
        cluster: 'up',
        timeout: '0s',
        idle_timeout: '1s',
        prefix_rewrite: '/p',
        host_rewrite_literal: 'h',
        upgrade_configs: [{ upgrade_type: 'WebSocket', enabled: false }],
      },
      {
        ...forward,
        timeout: 0,
        idleTimeout: 1000,
        pathRewrite: { kind: 'prefix', value: '/p' },
        hostRewrite: { kind: 'literal', value: 'h' },
        upgrades: new Map([['websocket', false]]),
      },
    ],
    ['redirect', {}, { ...redirect, status: 301 }],
    [
      'redirect',
      {
        https_redirect: true,
        host_redirect: 'h',
        port_redirect: 8,
        path_redirect: '/p',
        response_code: 'PERMANENT_REDIRECT',
        strip_query: true,
      },
      {
        ...redirect,
        status: 308,
        scheme: 'https',
        host: 'h',
        port: 8,
        path: { kind: 'whole', value: '/p' },
        stripQuery: true,
      },
    ],
    ['redirect', { scheme_redirect: 'ws' }, { ...redirect, status: 301, scheme: 'ws' }],
    ['direct_response', { status: 204 }, { kind: 'direct_response', status: 204, body: new Uint8Array(0), format: null }],
    [
      'direct_response',
      { status: 200, body: { inline_bytes: '//8=' } },
      { kind: 'direct_response', status: 200, body: Uint8Array.of(255, 255), format: null },
    ],
  ])('makes an action of %s %j', (kind, action, expected) => {
    expect(routeOf({ [`${ROUTE}.route`]: undefined, [`${ROUTE}.${kind}`]: action }).action).toEqual(expected)
  })
})
