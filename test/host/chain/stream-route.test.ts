import { describe, expect, test } from 'vitest'
import type { HttpHost } from '../../../host/plugin/stream-host.ts'
import { RouteTable } from '../../../host/route/route-table.ts'
import { clusterAction, NO_MUTATIONS, tableConfig } from '../route/fixture.ts'
import { Chain, routeConfig } from './fixture.ts'

describe('routes', () => {
  test('direct responses and redirects pass the filters and need no upstream', () => {
    const redirect = {
      kind: 'redirect',
      status: 301,
      scheme: '',
      host: '',
      port: 0,
      keepsPort: false,
      path: { kind: 'whole', value: '/new' },
      stripQuery: false,
    } as const
    const direct = { kind: 'direct_response', status: 418, body: Buffer.from('tea'), format: null } as const
    const chain = new Chain({
      filters: { A: {} },
      routes: [routeConfig('/old', { action: redirect }), routeConfig('/', { action: direct })],
    })
    const moved = chain.open({ ':path': '/old?x=1' })
    expect(moved.lines.slice(0, 2)).toEqual([':status: 301', 'location: http://a.test/new?x=1'])
    const tea = chain.open()
    expect([tea.status, tea.body, tea.response!.get('content-type')]).toEqual([418, 'tea', 'text/plain'])
    expect(chain.logLines).toEqual(['301 direct_response -', '418 direct_response -'])
    expect(chain.take()).toContain('A.resh')
    expect([chain.counter('rq_total'), chain.counter('rq_direct_response')]).toEqual([2, 2])
  })

  test('a stream keeps the table it started with', () => {
    const chain = new Chain({ filters: { A: { reqh: () => 4 } } })
    const before = chain.open()
    chain.manager.routes = new RouteTable(tableConfig([]))
    const after = chain.open()
    for (const host of chain.filters[0]!.hosts) host.continueStream(0)
    expect([before.status, after.status, chain.terminals.length]).toEqual([0, 404, 1])
    expect([chain.counter('no_route'), chain.counter('rq_total'), chain.counter('rq_direct_response')]).toEqual([1, 1, 0])
  })

  test('header changes and rewrites happen once, before the upstream', () => {
    const action = clusterAction('up', {
      pathRewrite: { kind: 'prefix', value: '/new' },
      hostRewrite: { kind: 'literal', value: 'b.test' },
    })
    const headers = {
      requestAdd: [{ name: 'x-was', value: '%REQ(:PATH)%', action: 'ADD_IF_ABSENT' as const, keepsEmpty: false }],
      requestRemove: ['x-gone'],
      responseAdd: [],
      responseRemove: ['x-secret'],
    }
    const chain = new Chain({ routes: [routeConfig('/old', { action, headers })] })
    const client = chain.open({ ':path': '/old/p?q=1', 'x-gone': '1' })
    const seen = chain.upstream.headers!
    expect([
      seen.get(':path'),
      seen.get(':authority'),
      seen.get('x-envoy-original-path'),
      seen.get('x-envoy-original-host'),
    ]).toEqual(['/new/p?q=1', 'b.test', '/old/p?q=1', 'a.test'])
    expect([seen.get('x-was'), seen.get('x-gone')]).toEqual(['/old/p?q=1', null])
    chain.upstream.answer(200, null, { 'x-secret': '1' })
    expect(client.response!.has('x-secret')).toBe(false)
  })

  test('a weighted choice stays the same for the whole stream', () => {
    const weighted = clusterAction('', {
      cluster: {
        kind: 'weighted',
        total: 2,
        clusters: ['one', 'two'].map((name) => ({
          cluster: { kind: 'name', name },
          weight: 1,
          headers: NO_MUTATIONS,
          hostRewrite: null,
          metadataMatch: null,
        })),
        valueHeader: null,
      },
    })
    const seen = new Set<string>()
    let before = ''
    const reqh = ({ host }: { host: HttpHost }) => {
      host.resolveRoute()
      before = host.info.clusterName
      host.requestHeadersChanged()
    }
    const chain = new Chain({ filters: { A: { reqh } }, routes: [routeConfig('/', { action: weighted })] })
    for (let i = 0; i < 40; i++) {
      expect(chain.open().stream.info.clusterName).toBe(before)
      seen.add(before)
    }
    expect(seen.size).toBe(2)
  })
})
