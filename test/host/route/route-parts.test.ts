import { describe, expect, test } from 'vitest'
import type { HeaderAddition, RouteAction, WeightedClusters } from '../../../host/config/types.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { StreamInfo } from '../../../host/http/stream-info.ts'
import { chooseWeighted } from '../../../host/route/cluster-choice.ts'
import { compileMutations, mutate } from '../../../host/route/header-mutations.ts'
import { compilePathRewrite } from '../../../host/route/path-rewrite.ts'
import { ANY_REQUEST } from '../../../host/route/plain-route.ts'
import { locationOf } from '../../../host/route/redirect.ts'
import { CONNECTION } from '../chain/fixture.ts'
import { NO_MUTATIONS } from './fixture.ts'

describe('chooseWeighted', () => {
  const weights = { a: 10, none: 0, b: 90 }
  const choice: WeightedClusters = {
    kind: 'weighted',
    total: 100,
    clusters: Object.entries(weights).map(([name, weight]) => ({
      cluster: { kind: 'name', name },
      weight,
      headers: NO_MUTATIONS,
      hostRewrite: null,
      metadataMatch: null,
    })),
    valueHeader: 'x-draw',
  }
  const names = Object.keys(weights)

  test.each([
    [0, [], 'a'],
    [0.0999, [], 'a'],
    [0.1, [], 'b'],
    [0.9999, [], 'b'],
    [0, ['10'], 'b'],
    [0.5, ['109'], 'a'],
    [0.5, ['18446744073709551615'], 'b'],
    [0, ['18446744073709551616'], 'a'],
    [0, ['-1'], 'a'],
    [0, ['50', '50'], 'a'],
  ])('luck %f and the header %j fall on %s', (luck, values, name) => {
    const headers = HeaderMap.from(values.map((value) => ['x-draw', value]))
    expect(names[chooseWeighted(choice, headers, luck)]).toBe(name)
  })
})

const CONTEXT = {
  info: new StreamInfo(CONNECTION, 0, 0),
  requestHeaders: HeaderMap.from([['x-in', 'in']]),
  responseHeaders: null,
  responseTrailerMap: null,
}

describe('locationOf', () => {
  type Redirect = Extract<RouteAction, { kind: 'redirect' }>
  test.each<[Partial<Redirect>, string, string, string]>([
    [{ path: { kind: 'whole', value: '/new' } }, 'a.test', '/old?x=1', 'http://a.test/new?x=1'],
    [{ path: { kind: 'whole', value: '/new' }, stripQuery: true }, 'a.test', '/old?x=1', 'http://a.test/new'],
    [{ path: { kind: 'whole', value: '/new?y=2' } }, 'a.test', '/old?x=1', 'http://a.test/new?y=2'],
    [{ host: 'b.test' }, 'a.test:81', '/p', 'http://b.test/p'],
    [{ scheme: 'https' }, 'a.test:80', '/p?q', 'https://a.test/p?q'],
    [{ scheme: 'https' }, 'a.test:8080', '/', 'https://a.test:8080/'],
    [{ port: 8443, scheme: 'https' }, 'a.test:80', '/', 'https://a.test:8443/'],
    [{ port: 81 }, '[::1]:80', '/', 'http://[::1]:81/'],
    [{ port: 81 }, '[::1]', '/', 'http://[::1]:81/'],
    [{ stripQuery: true }, 'a.test', '/p?q', 'http://a.test/p'],
  ])('%o for %s%s', (more, authority, path, location) => {
    const action: Redirect = {
      kind: 'redirect',
      status: 301,
      scheme: '',
      host: '',
      port: 0,
      keepsPort: false,
      path: null,
      stripQuery: false,
      ...more,
    }
    const request = HeaderMap.from([
      [':authority', authority],
      [':path', path],
      [':scheme', 'http'],
    ])
    const { path: rewrite } = action
    const newPath = rewrite === null ? null : compilePathRewrite(rewrite, ANY_REQUEST)
    expect(locationOf(action, newPath, { ...CONTEXT, requestHeaders: request })).toBe(location)
  })
})

describe('mutate', () => {
  test.each<[HeaderAddition['action'], [string, string][]]>([
    [
      'APPEND_IF_EXISTS_OR_ADD',
      [
        ['x', 'old'],
        ['x', 'new'],
      ],
    ],
    ['ADD_IF_ABSENT', [['x', 'old']]],
    ['OVERWRITE_IF_EXISTS_OR_ADD', [['x', 'new']]],
    ['OVERWRITE_IF_EXISTS', [['x', 'new']]],
  ])('%s', (action, fields) => {
    const map = HeaderMap.from([['x', 'old']])
    const requestAdd = [{ name: 'x', value: 'new', action, keepsEmpty: false }]
    mutate(map, compileMutations({ ...NO_MUTATIONS, requestAdd })!.request, CONTEXT)
    expect(map.fields).toEqual(fields.flat())
  })

  test('removal comes first; operators are filled in; an empty value is not set', () => {
    const map = HeaderMap.from([['x', 'old']])
    const requestAdd = (['x', 'y', 'z'] as const).map((name, i) => ({
      name,
      value: ['%REQ(X-IN)%', '%REQ(X-MISSING)%', ''][i]!,
      action: 'ADD_IF_ABSENT' as const,
      keepsEmpty: false,
    }))
    mutate(map, compileMutations({ ...NO_MUTATIONS, requestAdd, requestRemove: ['x'] })!.request, CONTEXT)
    expect(map.fields).toEqual(['x', 'in'])
    expect(compileMutations(NO_MUTATIONS)).toBeNull()
  })
})
