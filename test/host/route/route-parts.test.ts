import { describe, expect, test } from 'vitest'
import type { HeaderAddition, RouteAction } from '../../../host/config/types.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { StreamInfo } from '../../../host/http/stream-info.ts'
import { chooseCluster } from '../../../host/route/cluster-choice.ts'
import { compileMutations, mutate } from '../../../host/route/header-mutations.ts'
import { locationOf } from '../../../host/route/redirect.ts'
import { CONNECTION } from '../chain/fixture.ts'
import { NO_MUTATIONS } from './fixture.ts'

describe('chooseCluster', () => {
  const weighted = {
    kind: 'weighted',
    total: 100,
    clusters: [
      { name: 'a', weight: 10 },
      { name: 'none', weight: 0 },
      { name: 'b', weight: 90 },
    ],
  } as const

  test.each([
    [0, 'a'],
    [0.0999, 'a'],
    [0.1, 'b'],
    [0.9999, 'b'],
  ])('the fraction %f falls on %s', (fraction, name) => {
    expect(chooseCluster(weighted, new HeaderMap(), fraction)).toBe(name)
  })

  test('by name and by header', () => {
    const headers = HeaderMap.from([['x-c', 'c']])
    expect(chooseCluster({ kind: 'name', name: 'n' }, headers, 0)).toBe('n')
    expect(chooseCluster({ kind: 'header', header: 'x-c' }, headers, 0)).toBe('c')
    expect(chooseCluster({ kind: 'header', header: 'x-d' }, headers, 0)).toBe('')
  })
})

describe('locationOf', () => {
  type Redirect = Extract<RouteAction, { kind: 'redirect' }>
  test.each<[Partial<Redirect>, string, string, string]>([
    [{ path: '/new' }, 'a.test', '/old?x=1', 'http://a.test/new?x=1'],
    [{ path: '/new', stripQuery: true }, 'a.test', '/old?x=1', 'http://a.test/new'],
    [{ path: '/new?y=2' }, 'a.test', '/old?x=1', 'http://a.test/new?y=2'],
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
      path: '',
      stripQuery: false,
      ...more,
    }
    const request = HeaderMap.from([
      [':authority', authority],
      [':path', path],
      [':scheme', 'http'],
    ])
    expect(locationOf(action, request)).toBe(location)
  })
})

describe('mutate', () => {
  const context = {
    info: new StreamInfo(CONNECTION, 0, 0),
    requestHeaders: HeaderMap.from([['x-in', 'in']]),
    responseHeaders: null,
    responseTrailerMap: null,
  }

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
    mutate(map, compileMutations({ ...NO_MUTATIONS, requestAdd: [{ name: 'x', value: 'new', action }] })!.requestAdd, [], context)
    expect(map.fields).toEqual(fields.flat())
  })

  test('removal comes first; operators are filled in; an empty value is not set', () => {
    const map = HeaderMap.from([['x', 'old']])
    const requestAdd = (['x', 'y', 'z'] as const).map((name, i) => ({
      name,
      value: ['%REQ(X-IN)%', '%REQ(X-MISSING)%', ''][i]!,
      action: 'ADD_IF_ABSENT' as const,
    }))
    mutate(map, compileMutations({ ...NO_MUTATIONS, requestAdd })!.requestAdd, ['x'], context)
    expect(map.fields).toEqual(['x', 'in', 'y', '-'])
    expect(compileMutations(NO_MUTATIONS)).toBeNull()
  })
})
