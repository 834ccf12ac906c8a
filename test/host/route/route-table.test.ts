import { describe, expect, test } from 'vitest'
import type { HeaderMatcherConfig, MirrorConfig, QueryMatcherConfig, ValueMatcherConfig } from '../../../host/config/types.ts'
import { HeaderMap } from '../../../host/http/header-map.ts'
import { RouteTable } from '../../../host/route/route-table.ts'
import { clusterAction, hostConfig, matchConfig, NO_MUTATIONS, routeConfig, tableConfig } from './fixture.ts'

const LUCK = { luck: () => 0.5, tls: null }

function request(authority: string | null, path: string | null, headers: [string, string][] = []): HeaderMap {
  const pseudo: [string, string | null][] = [
    [':authority', authority],
    [':path', path],
    [':method', 'GET'],
    ['x-forwarded-proto', 'http'],
  ]
  return HeaderMap.from([...pseudo.filter((field): field is [string, string] => field[1] !== null), ...headers])
}

describe('RouteTable chooses a virtual host', () => {
  const domains = ['a.test', 'b.test:81', '*.a.test', '*.deep.a.test', '*-x.test', 'api.*', 'api.long.*', '*']
  const table = new RouteTable({
    ...tableConfig([]),
    virtualHosts: domains.map((domain) => hostConfig([domain], [routeConfig('/')])),
  })

  test.each([
    ['a.test', 'a.test'],
    ['A.TEST', 'a.test'],
    ['a.test:80', '*'],
    ['b.test:81', 'b.test:81'],
    ['x.a.test', '*.a.test'],
    ['.a.test', '*'],
    ['x.deep.a.test', '*.deep.a.test'],
    ['y-x.test', '*-x.test'],
    ['api.org', 'api.*'],
    ['api.long.org', 'api.long.*'],
    ['api.', '*'],
    ['api.a.test', '*.a.test'],
    ['other', '*'],
    ['', '*'],
  ])('%s is served by %s', (authority, domain) => {
    expect(table.match(request(authority, '/'), LUCK)!.virtualHost.name).toBe(domain)
  })

  test('no route for a request that has lost its x-forwarded-proto', () => {
    const headers = request('a.test', '/')
    headers.remove('x-forwarded-proto')
    expect(table.match(headers, LUCK)).toBeNull()
  })

  test('no host, and a table without a default', () => {
    expect(table.match(request(null, '/'), LUCK)!.virtualHost.name).toBe('*')
    const strict = new RouteTable({ ...tableConfig([]), virtualHosts: [hostConfig(['a.test'], [routeConfig('/')])] })
    expect(strict.match(request('b.test', '/'), LUCK)).toBeNull()
    expect(strict.match(request(null, '/'), LUCK)).toBeNull()
  })
})

test('copies go where the route says, else its virtual host, else the table', () => {
  const to = (name: string): MirrorConfig[] => [{ cluster: { kind: 'name', name }, fraction: 1, host: '', marksHost: true }]
  const own = routeConfig('/own', { action: clusterAction('up', { mirrors: to('route') }) })
  const mirrored = hostConfig(['a.test'], [own, routeConfig('/')], { mirrors: to('host') })
  const table = new RouteTable({
    ...tableConfig([]),
    virtualHosts: [mirrored, hostConfig(['*'], [routeConfig('/')])],
    mirrors: to('table'),
  })
  expect(table.match(request('a.test', '/own'), LUCK)!.mirrors).toEqual(to('route'))
  expect(table.match(request('a.test', '/'), LUCK)!.mirrors).toEqual(to('host'))
  expect(table.match(request('b.test', '/'), LUCK)!.mirrors).toEqual(to('table'))
  expect(new RouteTable(tableConfig([own])).match(request('b.test', '/own'), LUCK)!.mirrors).toEqual(to('route'))
  expect(new RouteTable(tableConfig([routeConfig('/')])).match(request('b.test', '/'), LUCK)!.mirrors).toBeNull()
})

describe('RouteTable matches paths', () => {
  test.each<['prefix' | 'exact' | 'separated_prefix', string, boolean, string | null, boolean]>([
    ['prefix', '/a', true, '/a', true],
    ['prefix', '/a', true, '/abc?x', true],
    ['prefix', '/a', true, '/A', false],
    ['prefix', '/Ab', false, '/aBc', true],
    ['prefix', '/a?', true, '/a?', false],
    ['exact', '/a', true, '/a?x=1', true],
    ['exact', '/a', true, '/a/', false],
    ['exact', '/A', false, '/a', true],
    ['separated_prefix', '/a', true, '/a', true],
    ['separated_prefix', '/a', true, '/a/b', true],
    ['separated_prefix', '/a', true, '/a?x', true],
    ['separated_prefix', '/a', true, '/ab', false],
    ['prefix', '/', true, '', false],
    ['prefix', '/', true, null, false],
  ])('%s %s (case-sensitive: %s) on %s: %s', (kind, value, caseSensitive, path, expected) => {
    const match = matchConfig({ path: { kind, value }, caseSensitive })
    const table = new RouteTable(tableConfig([routeConfig('/', { match })]))
    expect(table.match(request('a.test', path), LUCK) !== null).toBe(expected)
  })

  test('the first route that fits wins', () => {
    const table = new RouteTable(tableConfig([routeConfig('/a/b'), routeConfig('/a'), routeConfig('/a/c')]))
    expect(['/a/b', '/a/c', '/b'].map((path) => table.match(request('h', path), LUCK)?.route.name ?? null)).toEqual([
      'route /a/b',
      'route /a',
      null,
    ])
  })
})

const text = (kind: 'exact' | 'prefix' | 'suffix' | 'contains', value: string, ignoreCase = false) => ({
  kind,
  value,
  ignoreCase,
})
const range = (start: bigint, end: bigint) => ({ kind: 'range', start, end }) as const
const present = (is: boolean) => ({ kind: 'present', present: is }) as const

describe('RouteTable matches headers', () => {
  test.each<[ValueMatcherConfig, Partial<HeaderMatcherConfig>, string[], boolean]>([
    [text('exact', 'v'), {}, ['v'], true],
    [text('exact', 'v'), {}, ['V'], false],
    [text('exact', 'V', true), {}, ['v'], true],
    [text('exact', 'a,b'), {}, ['a', 'b'], false],
    [text('exact', 'b'), {}, ['a', 'b'], true],
    [text('exact', 'b'), { invert: true }, ['a', 'b'], false],
    [text('exact', 'c'), { invert: true }, ['a', 'b'], true],
    [text('exact', 'v'), {}, [], false],
    [text('exact', 'v'), { invert: true }, ['x'], true],
    [text('exact', 'v'), { invert: true }, [], false],
    [text('exact', 'v'), { invert: true, treatMissingAsEmpty: true }, [], true],
    [text('exact', ''), { treatMissingAsEmpty: true }, [], true],
    [text('prefix', 'ab'), {}, ['abc'], true],
    [text('suffix', 'bc'), {}, ['abc'], true],
    [text('contains', 'B', true), {}, ['abc'], true],
    [text('contains', 'x'), {}, ['abc'], false],
    [present(true), {}, [''], true],
    [present(true), {}, [], false],
    [present(false), {}, [], true],
    [present(true), { invert: true }, [], true],
    [present(false), { invert: true }, [], false],
    [range(-10n, 10n), {}, ['-10'], true],
    [range(-10n, 10n), {}, ['10'], false],
    [range(-10n, 10n), {}, ['+5'], true],
    [range(0n, 10n), {}, ['5x'], false],
    [range(0n, 10n), {}, ['0x5'], false],
  ])('%o %o on %o: %s', (match, more, values, expected) => {
    const header = { name: 'x-h', match, invert: false, treatMissingAsEmpty: false, ...more }
    const route = routeConfig('/', {
      match: matchConfig({ headers: [header] }),
    })
    const fields = values.map((value): [string, string] => ['x-h', value])
    expect(new RouteTable(tableConfig([route])).match(request('h', '/', fields), LUCK) !== null).toBe(expected)
  })

  test.each<[QueryMatcherConfig['match'], string, boolean]>([
    [text('exact', '1'), '/?a=1', true],
    [text('exact', '1'), '/?b=2&a=1&a=3', true],
    [text('exact', '3'), '/?a=1&a=3', false],
    [text('exact', ''), '/?a', true],
    [text('exact', ''), '/', false],
    [text('exact', '1=2'), '/?a=1=2', true],
    [present(true), '/?ab=1', false],
    [present(true), '/?x&a', true],
    [present(false), '/?x', true],
  ])('query parameter a %o on %s: %s', (match, path, expected) => {
    const queryParameters = [{ name: 'a', match }]
    const route = routeConfig('/', {
      match: matchConfig({ queryParameters }),
    })
    expect(new RouteTable(tableConfig([route])).match(request('h', path), LUCK) !== null).toBe(expected)
  })
})

const add = (value: string) => ({
  ...NO_MUTATIONS,
  responseAdd: [{ name: 'x', value, action: 'APPEND_IF_EXISTS_OR_ADD' as const, keepsEmpty: false }],
})

describe('RouteTable compiles header changes', () => {
  test('of route, virtual host and table, in this order', () => {
    const host = hostConfig(['*'], [routeConfig('/', { headers: add('route') })], { headers: add('host') })
    const table = new RouteTable(tableConfig([], { virtualHosts: [host], headers: add('table') }))
    const match = table.match(request('h', '/'), LUCK)!
    const context = {} as never
    expect(match.mutations.map((set) => set.response.add[0]!.value.format(context))).toEqual(['route', 'host', 'table'])
    expect([table.changesResponses, match.changesResponse]).toEqual([true, true])
    expect(new RouteTable(tableConfig([routeConfig('/')])).changesResponses).toBe(false)
  })
})
