import { describe, expect, test } from 'vitest'
import { Captures } from '../../host/testing/cases/captures.ts'
import { compareCase } from '../../host/testing/cases/compare.ts'
import type { Exchange, Observation } from '../../host/testing/cases/observation.ts'
import { parseTable } from '../../host/testing/cases/load-table.ts'
import type { Case } from '../../host/testing/cases/table.ts'

const EXCHANGE: Exchange = {
  status: 200,
  headers: [
    ['a', '1'],
    ['b', '1'],
    ['b', '2'],
  ],
  body: 'hello',
  trailers: [['t', '1']],
  reset: false,
  aborted: false,
  tookMillis: 100,
  upstream: [{ cluster: 'up', method: 'GET', path: '/', headers: [['host', 'case.test']], body: '', trailers: [] }],
  details: 'via_upstream',
  flags: '-',
}

function oneCase(step: string): Case {
  return parseTable(`filter: demo\ncases:\n  - {id: a, title: t, steps: [${step}]}\n`, 'cases.yaml').cases[0]!
}

/** `place: seen` of what differs. */
function differences(step: string, exchange: Partial<Exchange>, slackMillis = 0): string[] {
  const seen: Observation = {
    refused: false,
    refusedLogs: [],
    steps: [{ kind: 'requests', callouts: {}, exchanges: [{ ...EXCHANGE, ...exchange }] }],
    captures: new Captures(null),
    stray: [],
    said: [],
  }
  const checks = compareCase(oneCase(step), seen, slackMillis)
  return checks.filter((check) => !check.ok).map(({ place, seen: value }) => `${place.replace('steps.0.request.', '')}: ${value}`)
}

test('a secret is told nowhere', () => {
  const [one] = parseTable('filter: demo\nsecrets: [s3, t4]\ncases:\n  - {id: a, title: t, steps: [{request: {}}]}\n', 'f').cases
  const said = ['nothing', `${'-'.repeat(99)} key s3cret`]
  const steps = [{ kind: 'requests' as const, callouts: {}, exchanges: [EXCHANGE] }]
  const checks = compareCase(one!, { refused: false, refusedLogs: [], steps, captures: new Captures(null), stray: [], said }, 0)
  expect(checks.filter((check) => !check.ok).map(({ place, seen }) => [place, seen])).toEqual([
    ["secret 's3'", `${'-'.repeat(55)} key s3cret`],
  ])
})

const request = (expected: string): string => `{request: {expect: {${expected}}}}`

describe('compareCase', () => {
  test.each([
    'status: 200, details: via_upstream, flags: "-"',
    "headers: {a: '1', A: '1', b: ['1', '2'], c: null}",
    "headers: {a: {matches: '^\\d$'}, b: {contains: '2'}}",
    "trailers: {t: '1'}, body: hello",
    "body: {matches: '^h.*o$'}",
    'body: {size: 5}',
    'upstream: {cluster: up, method: GET, path: /, body: "", headers: {host: case.test, x: null}}',
    'took: [100ms, 100ms]',
  ])('accepts %s', (expected) => {
    expect(differences(request(expected), {})).toEqual([])
  })

  test.each([
    ['status: 201', 'status: 200'],
    ["headers: {b: '1'}", 'headers.b: ["1","2"]'],
    ['headers: {a: null}', 'headers.a: "1"'],
    ["headers: {c: '1'}", 'headers.c: absent'],
    ["headers: {b: ['2', '1']}", 'headers.b: ["1","2"]'],
    ["headers: {b: {matches: '^\\d$'}}", 'headers.b: ["1","2"]'],
    ["headers: {b: {contains: '3'}}", 'headers.b: ["1","2"]'],
    ['body: hell', 'body: "hello"'],
    ['body: {repeat: a, times: 5}', 'body: "hello"'],
    ['body: {size: 4}', 'body: 5 bytes'],
    ['upstream: none', 'upstream:  GET / at up'],
    ['upstream: {cluster: other}', 'upstream.cluster: up'],
    ['took: [101ms, 200ms]', 'took: 100ms'],
    ['took: [50ms, 99ms]', 'took: 100ms'],
  ])('does not accept %s', (expected, difference) => {
    expect(differences(request(expected), {})).toEqual([difference])
  })

  test('looks at a cut answer although the case does not name it', () => {
    expect(differences('{request: }', { reset: true })).toEqual(['reset: true'])
    expect(differences(request('reset: true'), { reset: true })).toEqual([])
  })

  test('looks at a missing or second request upstream', () => {
    expect(differences(request('upstream: {}'), { upstream: [] })).toEqual(['upstream: 0 requests'])
    expect(differences(request('upstream: {}'), { upstream: [...EXCHANGE.upstream, ...EXCHANGE.upstream] })).toEqual([
      'upstream: 2 requests',
    ])
  })

  test('gives judges on real time their slack, upwards only', () => {
    expect(differences(request('took: [50ms, 60ms]'), {}, 300)).toEqual([])
    expect(differences(request('took: [150ms, 160ms]'), {}, 300)).toEqual(['took: 100ms'])
  })
})
