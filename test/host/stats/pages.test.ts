import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { jsonPage, selectMetrics, textPage, type StatsSelection } from '../../../host/stats/pages.ts'
import { prometheusPage } from '../../../host/stats/prometheus.ts'
import { createStatsStore, type StatsStore } from '../../../host/stats/store.ts'
import { TagExtractor } from '../../../host/stats/tags.ts'
import { utf8ByteString } from '../../../host/util/bytes.ts'

const ALL: StatsSelection = { filter: null, usedOnly: false }
const REPORTER = { name: 'reporter', regex: /(reporter=\.=(.*?);\.;)/s }

/** Counts of 1, 7, 10, 10, 10, 100, 105, 110, 4000000, as recorded in Envoy 1.40 for the same page. */
function fill(store: StatsStore): void {
  for (const value of [1, 7, 10, 10, 10, 100, 105, 110, 4_000_000]) store.histogram('wasmcustom.hist').record(value)
  store.counter('cluster.up.upstream_rq_503').add(3)
  store.counter('cluster.up.upstream_rq_200').add(4)
  store.counter('cluster.up.upstream_cx_total')
  store.gauge('cluster.up.upstream_cx_active').set(2)
  store.gauge('wasmcustom.neg').add(-11)
  store.counter('wasmcustom.istio_requests_total.reporter=.=dest;.;').add(5)
}

function page(store: StatsStore, selection = ALL): string {
  return prometheusPage(selectMetrics(store.snapshot(), selection), new TagExtractor({ tags: [REPORTER], useDefaultTags: true }))
}

/** Lines without comments, for one metric each. */
function samples(fillStore: (store: StatsStore) => void): string[] {
  const store = createStatsStore({ writers: 1 })
  fillStore(store)
  const lines = page(store).split('\n')
  return lines.filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('envoy_stats_overflow'))
}

describe('prometheusPage', () => {
  test('prints counters, gauges and histograms by family with cumulative buckets', () => {
    const store = createStatsStore({ writers: 1 })
    fill(store)
    const zeros = ['500', '1000', '2500', '5000', '10000', '30000', '60000', '300000', '600000', '1800000', '3600000']
    expect(page(store).split('\n')).toEqual([
      '# HELP envoy_cluster_upstream_cx_total cluster.upstream_cx_total',
      '# TYPE envoy_cluster_upstream_cx_total counter',
      'envoy_cluster_upstream_cx_total{envoy_cluster_name="up"} 0',
      '# HELP envoy_cluster_upstream_rq cluster.upstream_rq',
      '# TYPE envoy_cluster_upstream_rq counter',
      'envoy_cluster_upstream_rq{envoy_response_code="200",envoy_cluster_name="up"} 4',
      'envoy_cluster_upstream_rq{envoy_response_code="503",envoy_cluster_name="up"} 3',
      '# HELP envoy_stats_overflow stats.overflow',
      '# TYPE envoy_stats_overflow counter',
      'envoy_stats_overflow{} 0',
      '# HELP istio_requests_total wasmcustom.istio_requests_total',
      '# TYPE istio_requests_total counter',
      'istio_requests_total{reporter="dest"} 5',
      '# HELP envoy_cluster_upstream_cx_active cluster.upstream_cx_active',
      '# TYPE envoy_cluster_upstream_cx_active gauge',
      'envoy_cluster_upstream_cx_active{envoy_cluster_name="up"} 2',
      '# HELP neg wasmcustom.neg',
      '# TYPE neg gauge',
      'neg{} 18446744073709551605',
      '# HELP hist wasmcustom.hist',
      '# TYPE hist histogram',
      'hist_bucket{le="0.5"} 0',
      'hist_bucket{le="1"} 1',
      'hist_bucket{le="5"} 1',
      'hist_bucket{le="10"} 5',
      'hist_bucket{le="25"} 5',
      'hist_bucket{le="50"} 5',
      'hist_bucket{le="100"} 7',
      'hist_bucket{le="250"} 8',
      ...zeros.map((bound) => `hist_bucket{le="${bound}"} 8`),
      'hist_bucket{le="+Inf"} 9',
      'hist_sum{} 4000353',
      'hist_count{} 9',
      '',
    ])
  })

  test.each<[string, string[]]>([
    ['wasmcustom.plain', ['plain{} 1']],
    ['wasmcustom', ['envoy_wasmcustom{} 1']],
    ['wasmcustom.a.b:c/d-e', ['a_b_c_d_e{} 1']],
    ['wasmcustom.7x', []],
    ['wasmcustom.-x', ['_x{} 1']],
    [`wasmcustom.${utf8ByteString('caf\u00e9')}`, ['caf_{} 1']],
    ['wasmcustom.q.reporter=.=a"b\\c\nd;.;', ['q{reporter="a\\"b\\\\c\\nd"} 1']],
    [`wasmcustom.q.reporter=.=${utf8ByteString('\u00e9')}\xff;.;`, ['q{reporter="\u00e9\ufffd"} 1']],
  ])('the counter %j prints %j', (name, lines) => {
    expect(samples((store) => store.counter(name).add(1))).toEqual(lines)
  })

  test.each<[string, (store: StatsStore) => void, string[]]>([
    [
      'of two kinds keeps the first',
      (store) => {
        store.gauge('wasmcustom.both').set(2)
        store.counter('wasmcustom.both').add(1)
      },
      ['both{} 1'],
    ],
    [
      'from two names prints a series once',
      (store) => {
        store.counter('wasmcustom.a_b').add(3)
        store.counter('wasmcustom.a.b').add(2)
      },
      ['a_b{} 2'],
    ],
    [
      'from two names stands in one block',
      (store) => {
        store.counter('wasmcustom.a_breporter=.=x;.;').add(3)
        store.counter('wasmcustom.a.x').add(7)
        store.counter('wasmcustom.a.breporter=.=y;.;').add(2)
      },
      ['a_b{reporter="y"} 2', 'a_b{reporter="x"} 3', 'a_x{} 7'],
    ],
  ])('a family %s', (_, fillStore, lines) => {
    expect(samples(fillStore)).toEqual(lines)
  })

  test('usedOnly and the filter leave metrics out', () => {
    const store = createStatsStore({ writers: 1 })
    fill(store)
    expect(page(store, { filter: /upstream_cx/, usedOnly: true })).toContain('cx_active')
    expect(page(store, { filter: /upstream_cx/, usedOnly: true })).not.toMatch(/cx_total|hist/)
  })

  const promtool = spawnSync('promtool', ['--version']).status === 0
  test.skipIf(!promtool)('promtool reads the page (it may dislike names)', () => {
    const store = createStatsStore({ writers: 1 })
    fill(store)
    const run = spawnSync('promtool', ['check', 'metrics'], { input: page(store), encoding: 'utf8' })
    expect(run.stderr).not.toMatch(/error while linting|help text/)
    expect([0, 3]).toContain(run.status)
  })
})

describe('textPage', () => {
  test('prints sorted numbers, then histograms', () => {
    const store = createStatsStore({ writers: 1 })
    store.histogram('a').record(7)
    store.histogram('empty')
    store.gauge('n').add(-1)
    store.counter('b').add(2)
    expect(textPage(selectMetrics(store.snapshot(), ALL)).split('\n')).toEqual([
      'b: 2',
      'n: 18446744073709551615',
      'stats.overflow: 0',
      expect.stringMatching(/^a: P0\(nan,5\.1\) P25\(nan,6\.57\S+\) P50\(nan,8\.05\) .* P99\.9\(nan,\S+\) P100\(nan,11\)$/),
      'empty: No recorded values',
      '',
    ])
  })

  test.each<[RegExp | null, boolean, string]>([
    [/^b$/, false, 'b: 2\n'],
    [/B/, false, ''],
    [null, true, 'b: 2\n'],
  ])('filter %s, usedOnly %s', (filter, usedOnly, text) => {
    const store = createStatsStore({ writers: 1 })
    store.counter('b').add(2)
    store.gauge('c')
    expect(textPage(selectMetrics(store.snapshot(), { filter, usedOnly }))).toBe(text)
  })
})

describe('jsonPage', () => {
  test('has numbers with all their digits and quantiles per histogram', () => {
    const store = createStatsStore({ writers: 1 })
    store.gauge('n').add(-1)
    store.histogram('h').record(4_000_000)
    store.histogram('e')
    const text = jsonPage(selectMetrics(store.snapshot(), ALL))
    expect(text).toContain('{"name":"n","value":18446744073709551615}')
    const { histograms } = JSON.parse(text).stats.at(-1)
    expect(histograms.supported_quantiles).toEqual([0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100])
    expect(histograms.computed_quantiles[0]).toMatchObject({
      name: 'e',
      values: Array.from({ length: 10 }, () => ({ cumulative: null, interval: null })),
    })
    expect(histograms.computed_quantiles[1].values[5]).toEqual({ cumulative: 3_700_000, interval: null })
  })
})
