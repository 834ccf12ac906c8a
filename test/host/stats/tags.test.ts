import { describe, expect, test } from 'vitest'
import { TagExtractor } from '../../../host/stats/tags.ts'

const istio = (tag: string) => ({ name: tag, regex: new RegExp(String.raw`(${tag}=\.=(.*?);\.;)`) })
const USER_TAGS = [istio('reporter'), istio('response_code'), { name: 'fixed', fixedValue: 'v' }]

// Names and tags as Envoy 1.40 prints them on /stats/prometheus.
describe('the default tags', () => {
  const extractor = new TagExtractor({ tags: [], useDefaultTags: true })
  test.each<[string, string, Record<string, string>]>([
    ['cluster.up.upstream_cx_total', 'cluster.upstream_cx_total', { 'envoy.cluster_name': 'up' }],
    ['cluster.up.one.upstream_rq_503', 'cluster.one.upstream_rq', { 'envoy.response_code': '503', 'envoy.cluster_name': 'up' }],
    [
      'cluster.up.external.upstream_rq_5xx',
      'cluster.external.upstream_rq_xx',
      { 'envoy.response_code_class': '5', 'envoy.cluster_name': 'up' },
    ],
    ['cluster.up.upstream_rq_total', 'cluster.upstream_rq_total', { 'envoy.cluster_name': 'up' }],
    ['cluster_manager.cluster_added', 'cluster_manager.cluster_added', {}],
    [
      'http.admin.downstream_rq_2xx',
      'http.downstream_rq_xx',
      { 'envoy.response_code_class': '2', 'envoy.http_conn_manager_prefix': 'admin' },
    ],
    ['http.in.http.downstream_cx_total', 'http.http.downstream_cx_total', { 'envoy.http_conn_manager_prefix': 'in' }],
    ['http1.response_flood', 'http1.response_flood', {}],
    ['listener.127.0.0.1_0.downstream_cx_total', 'listener.downstream_cx_total', { 'envoy.listener_address': '127.0.0.1_0' }],
    ['listener.[__1]_0.downstream_cx_total', 'listener.downstream_cx_total', { 'envoy.listener_address': '[__1]_0' }],
    ['listener.my.lst.downstream_cx_total', 'listener.lst.downstream_cx_total', { 'envoy.listener_address': 'my' }],
    [
      'listener.my.lst.http.six.downstream_rq_1xx',
      'listener.lst.http.downstream_rq_xx',
      { 'envoy.response_code_class': '1', 'envoy.http_conn_manager_prefix': 'six', 'envoy.listener_address': 'my' },
    ],
    [
      'listener.[__1]_0.http.a.b-c.downstream_rq_completed',
      'listener.http.b-c.downstream_rq_completed',
      { 'envoy.http_conn_manager_prefix': 'a', 'envoy.listener_address': '[__1]_0' },
    ],
    [
      'listener.127.0.0.1_0.worker_3.downstream_cx_total',
      'listener.worker.downstream_cx_total',
      { 'envoy.worker_id': '3', 'envoy.listener_address': '127.0.0.1_0' },
    ],
    [
      'listener.my.lst.worker_0.downstream_cx_total',
      'listener.lst.worker_0.downstream_cx_total',
      { 'envoy.listener_address': 'my' },
    ],
    ['server.worker_0.watchdog_miss', 'server.worker.watchdog_miss', { 'envoy.worker_id': '0' }],
    [
      'listener.admin.http.admin.downstream_rq_completed',
      'listener.admin.http.downstream_rq_completed',
      { 'envoy.http_conn_manager_prefix': 'admin' },
    ],
    ['listener_manager.listener_added', 'listener_manager.listener_added', {}],
    ['wasmcustom.cluster.foo.bar', 'wasmcustom.cluster.foo.bar', {}],
  ])('%s is %s', (name, base, tags) => {
    const split = extractor.extract(name)
    expect(split.name).toBe(base)
    expect(Object.fromEntries(split.tags.map((tag) => [tag.name, tag.value]))).toEqual(tags)
  })
})

describe('configured tags', () => {
  test('the first group goes from the name, the second is the value, a fixed value is always there', () => {
    const extractor = new TagExtractor({ tags: USER_TAGS, useDefaultTags: true })
    expect(extractor.extract('wasmcustom.istio_requests_total.reporter=.=dest.a;.;response_code=.=200;.;')).toEqual({
      name: 'wasmcustom.istio_requests_total',
      tags: [
        { name: 'reporter', value: 'dest.a' },
        { name: 'response_code', value: '200' },
        { name: 'fixed', value: 'v' },
      ],
    })
  })

  test.each([
    ['one group is cut and is the value', /\.(zone)/, 'a.zone.b', 'a..b', 'zone'],
    ['text of the group that stands earlier in the match stays', /xx(x)/, 'a.xxx', 'a.xx', 'x'],
    ['a group that did not take part gives no tag', /a(b)?/, 'a.c', 'a.c', undefined],
    ['flags of the expression stay', /(ZONE)/gi, 'a.zone', 'a', 'zone'],
    ['an empty name', /(x)/, '', '', undefined],
  ])('%s', (_, regex, name, base, value) => {
    const split = new TagExtractor({ tags: [{ name: 't', regex }], useDefaultTags: false }).extract(name)
    expect(split.name).toBe(base)
    expect(split.tags[0]?.value).toBe(value)
  })

  test('an entry without expression asks for the default of its name', () => {
    const tags = ['envoy.cluster_name', 'unknown'].map((name) => ({ name, regex: new RegExp('') }))
    const extractor = new TagExtractor({ tags, useDefaultTags: false })
    expect(extractor.extract('cluster.up.upstream_rq_503')).toEqual({
      name: 'cluster.upstream_rq_503',
      tags: [{ name: 'envoy.cluster_name', value: 'up' }],
    })
  })

  test('the first entry of a tag wins, and overlapping cuts are made once', () => {
    const tags = [
      { name: 't', regex: /(ab(c))/ },
      { name: 't', regex: /(d)/ },
      { name: 'u', regex: /(bcd)/ },
    ]
    expect(new TagExtractor({ tags, useDefaultTags: false }).extract('-abcde-')).toEqual({
      name: '-e-',
      tags: [
        { name: 't', value: 'c' },
        { name: 'u', value: 'bcd' },
      ],
    })
  })
})
