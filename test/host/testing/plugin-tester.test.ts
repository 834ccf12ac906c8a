/** Tables of Google's plugin tester: read, run, and seen failing. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, test } from 'vitest'
import { caseTests, runCases, type CaseOptions } from '../../../host/testing/index.ts'
import { root } from '../../../tools/checks/sources.ts'
import { sdkGuestModule } from '../../sdk/support/compile-sdk-guest.ts'
import { TEST_ENGINES } from '../../support/engines.ts'

const phases = await sdkGuestModule(join(import.meta.dirname, 'guests/phases.ts'))
const folder = mkdtempSync(join(tmpdir(), 'sluice-tester-'))

afterAll(() => rmSync(folder, { recursive: true }))

function table(text: string): string {
  const file = join(folder, 'tests.textpb')
  writeFileSync(file, text)
  return file
}

/** What became of the one test `t` with this content: 'passed', or the lines of its report. */
async function outcome(content: string, options: CaseOptions & { env?: string } = {}): Promise<string> {
  const file = table(`${options.env ?? ''} test { name: "t" ${content} }`)
  const { failed } = await runCases(file, phases, options)
  return failed['t']?.replaceAll(folder, '') ?? 'passed'
}

describe.each(TEST_ENGINES)('filters of the suite on %s', (engine) => {
  test('api-key-auth', async () => {
    const file = table(`
      # The plugin configuration comes from a file, as the tester's own.
      env { config_path: "config.json" log_level: WARN }
      test {
        name: "KnownKey"
        request_headers {
          input { header { key: ":path" value: "/items" } header { key: "X-Api-Key" value: "k-bob-0123456789" } }
          result { has_header { key: "x-client" value: "bob" } no_header { key: "x-api-key" } }
        }
      }
      test {
        name: "NoKey"
        benchmark: true
        request_headers {
          input { content: "GET /items HTTP/1.1\\r\\nHost: a.test\\r\\n" }
          result {
            immediate { http_status: 401 details: "missing_api_key" }
            body { regex: "Client .* failed\\\\." }
          }
        }
      }`)
    writeFileSync(
      join(folder, 'config.json'),
      JSON.stringify({
        key_sources: [{ header: 'x-api-key' }],
        credentials: [{ client: 'bob', key: 'k-bob-0123456789' }],
        forwarding: { header: 'x-client', hide_credentials: true },
      }),
    )
    const { passed, failed } = await runCases(file, join(root, 'filters/dist/api-key-auth.wasm'), { engine })
    expect([passed, failed]).toEqual([['KnownKey', 'NoKey'], {}])
  })

  test('fault and header-routing', async () => {
    const abort = table(`test { name: "Abort" request_headers: < input: < header: [{key: ":path" value: "/"}] >
      result: < immediate: < http_status: 0x1f7 >; body { exact: "fault filter " 'abort' } > > }`)
    const config = { rules: [{ abort: { http_status: 503, percentage: '100%' } }] }
    expect((await runCases(abort, join(root, 'filters/dist/fault.wasm'), { config, engine })).failed).toEqual({})
    const route = table(`test { name: "Routed" request_headers { input { header { key: "x-group" value: "beta" } }
      result { headers { regex: "X-ROUTE-CLUSTER: v\\\\d" invert: true } headers { regex: "(?i)X-ROUTE-CLUSTER: v\\\\d" } } } }`)
    const match = { headers: [{ name: 'x-group', string_match: { exact: 'beta' } }] }
    const routes = { routes: [{ match, route: { cluster: 'v3' } }] }
    expect((await runCases(route, join(root, 'filters/dist/header-routing.wasm'), { config: routes, engine })).failed).toEqual({})
  })
})

describe('phases', () => {
  test('come in order, each with its own log', async () => {
    expect(
      await outcome(
        `plugin_init { log { exact: "configured" } log { exact: "stream begins" invert: true } }
        stream_init { log { exact: "stream begins" } log { exact: "configured" invert: true } }
        request_headers { input { header { key: ":path" value: "/" } } result { log { exact: "in detail" } } }
        response_headers { result { log { exact: "in detail" invert: true } } }
        stream_destroy { log { exact: "stream ends" } }`,
        { env: 'env { log_level: DEBUG }' },
      ),
    ).toBe('passed')
    expect(await outcome('request_headers { result { log { regex: "in.*" invert: true } } }')).toBe('passed')
  })

  test('of a response need no request', async () => {
    expect(
      await outcome(`response_headers { input { content: "HTTP/1.1 204 No Content\\nA: b" }
        result { has_header { key: "X-Seen" value: "204" } has_header { key: "a" value: "b" } } }
        response_body { input { content: "caf\\303\\251" } result { body { exact: "[caf\\u00e9" } body { regex: ".caf." } } }`),
    ).toBe('passed')
  })

  test('take the head of a request from a text with a URL', async () => {
    expect(
      await outcome(`request_headers { input { content: "PUT https://a.test:8443/b?c HTTP/1.1\\r\\nHost: other\\r\\nA:  b \\r\\n\\r\\n" }
        result {
          has_header { key: ":method" value: "PUT" } has_header { key: ":scheme" value: "https" } no_header { key: "host" }
          has_header { key: ":authority" value: "a.test:8443" } has_header { key: ":path" value: "/b?c" } has_header { key: "a" value: "b" } } }`),
    ).toBe('passed')
  })

  test('see the time of the table', async () => {
    expect(
      await outcome('request_headers { result { log { exact: "at 1700000000000000000" } } }', {
        env: 'env { time_secs: 1700000000 log_level: DEBUG }',
      }),
    ).toBe('passed')
    expect(await outcome('request_headers { result { log { exact: "at 0" } } }', { env: 'env { log_level: DEBUG }' })).toBe(
      'passed',
    )
  })

  test('see properties, and repeated headers as one', async () => {
    expect(
      await outcome(`properties { path: "request.region" value: "EU" }
        request_headers { input { header { key: "a" value: "1" } header { key: "A" value: "2" } header { key: "x-secret" } }
          result { has_header { key: "x-region" value: "EU" } has_header { key: "a" value: "1, 2" } no_header { key: "x-secret" } } }`),
    ).toBe('passed')
  })

  test('of bodies come one by one, or cut and put together again', async () => {
    const head = 'request_headers {}'
    const body = (text: string, seen: string): string =>
      `request_body { input { content: "${text}" } result { body { exact: "${seen}" } } }`
    expect(await outcome(`${head} ${body('one', 'one.')} ${body('two', 'two.')}`)).toBe('passed')
    expect(await outcome(`${head} num_chunks: 2 ${body('abcde', 'ab|cde.')}`)).toBe('passed')
    expect(await outcome(`${head} chunk_size: 2 ${body('abcde', 'ab|cd|e.')}`)).toBe('passed')
    expect(await outcome(`${head} chunk_size: 2 ${body('', '.')}`)).toBe('passed')
    writeFileSync(join(folder, 'body.bin'), 'from a file')
    writeFileSync(join(folder, 'seen.bin'), 'from a file.')
    expect(await outcome(`${head} request_body { input { file: "body.bin" } result { body { file: "seen.bin" } } }`)).toBe(
      'passed',
    )
  })

  test('after an answer of the filter see nothing', async () => {
    const denied = `request_headers {} request_body { input { content: "bad" } result {
      immediate { http_status: 403 grpc_status: 7 details: "bad body" } has_header { key: "x-why" value: "bad" } body { exact: "denied" } } }`
    expect(await outcome(`${denied} response_headers { result { no_header { key: "x-seen" } } }`)).toBe('passed')
    expect(await outcome(`${denied} response_headers { result { has_header { key: "x-seen" value: "" } } }`)).toContain(
      'response_headers.has_header x-seen\n    wanted ""\n    seen   absent',
    )
  })
})

test('names may repeat', () => {
  const file = table('test { name: "a" } test { name: "b" } test { name: "a" }')
  expect(caseTests(file, phases).map(({ id }) => id)).toEqual(['a', 'b', 'a #2'])
})

describe('what does not hold is told', () => {
  const head = (result: string, input = '{key: ":path" value: "/"}'): string =>
    `request_headers { input { header: [${input}] } result { ${result} } }`
  const bad = (result: string): string =>
    `request_headers {} request_body { input { content: "bad" } result { immediate { ${result} } } }`

  test.each([
    [head('has_header { key: "x-a" value: "b" }'), 'request_headers.has_header x-a\n    wanted "b"\n    seen   absent'],
    [head('has_header { key: ":path" value: "b" }'), 'wanted "b"\n    seen   "/"'],
    [head('no_header { key: ":path" }'), 'request_headers.no_header :path\n    wanted absent\n    seen   "/"'],
    [head('headers { exact: ":path: /b" }'), 'request_headers.headers\n    wanted ":path: /b"\n    seen   ":path: /"'],
    [head('headers { regex: ":path.*" invert: true }'), 'wanted no /:path.*/'],
    [head('headers { regex: ":path" }'), 'wanted /:path/\n    seen   ":path: /"'],
    [head('log { exact: "x" }'), 'request_headers.log\n    wanted "x"\n    seen   nothing'],
    [head('immediate {}'), 'request_headers.immediate\n    wanted an answer\n    seen   none'],
    [head('', '{key: ":path" value: "/hold"}'), 'wanted none\n    seen   held back without one'],
    ['request_headers {} request_body { input { content: "a" } result { body { exact: "a" } } }', 'wanted "a"\n    seen   "a."'],
    [
      'request_headers {} request_body { input { content: "bad" } }',
      'request_body.immediate\n    wanted none\n    seen   403 bad_body',
    ],
    [bad('http_status: 401'), 'request_body.immediate.http_status\n    wanted 401\n    seen   403'],
    [bad('grpc_status: 5'), 'request_body.immediate.grpc_status\n    wanted 5\n    seen   7'],
    [bad('details: "else"'), 'request_body.immediate.details\n    wanted "else"\n    seen   "bad_body"'],
    ['plugin_init { log { exact: "x" } }', 'plugin_init.log\n    wanted "x"\n    seen   "configured"'],
    ['stream_init { log { exact: "x" } }', 'stream_init.log\n    wanted "x"\n    seen   "stream begins"'],
    ['stream_destroy { log { exact: "x" } }', 'stream_destroy.log\n    wanted "x"\n    seen   "stream ends"'],
    [head('', '{key: ":path" value: "/trap"}'), '/tests.textpb: test t: request_headers: the VM failed'],
    [head('log {}'), 'matcher: seen 0 of exact, regex and file, wanted one'],
    [head('log { regex: "(" }'), 'matcher: seen "(", wanted a regular expression'],
    ['request_headers { input { content: "GET\\n" } }', 'head of a message: seen "GET", wanted a line as GET / HTTP/1.1'],
    ['request_headers { input { content: "a" file: "b" } }', 'input: seen content and file, wanted one of them'],
  ])('%s', async (content, wanted) => {
    expect(await outcome(content)).toContain(wanted)
  })

  test('a refused configuration fails the test with its log', async () => {
    const seen = await outcome('stream_init {}', { config: 'refuse' })
    expect(seen).toContain('test t: plugin_init: ')
    expect(seen).toContain('log: configured')
  })
})

describe('a text that is no table', () => {
  test.each([
    ['test { nam: "a" }', '1:8: nam: unknown field, wanted one of name, benchmark'],
    ['test {\n  name: 5\n}', '2:9: seen 5, wanted a string'],
    ['test { name: "a" name: "b" }', '1:18: name: seen twice, wanted once'],
    ['test { name: "a }', '1:14: seen "\\"", wanted a field, a value or a closed string'],
    ['test { name: "a\\q" }', '1:16: seen the escape \\q, wanted one of the text format'],
    ['test { name "a" }', '1:13: seen "a", wanted : after name'],
    ['test { name: "a"', '1:17: seen the end of the text, wanted a field or }'],
    ['test: 3', '1:7: seen 3, wanted {'],
    ['}', '1:1: seen }, wanted a field'],
    ['env { log_level: LOUD }', '1:18: seen LOUD, wanted one of UNDEFINED, TRACE, DEBUG'],
    ['env { time_secs: -1 }', '1:18: seen -, wanted a whole number'],
    ['test { name: "a" benchmark: yes }', '1:29: seen yes, wanted true or false'],
    ['test {}', ' test 0: seen no name, wanted one'],
    ['test { name: "a" num_chunks: 1 chunk_size: 1 }', ' test a: seen num_chunks and chunk_size, wanted one of them'],
    ['test { name: "a" num_chunks: 0 }', ' test a: seen chunks of 0, wanted at least 1'],
    [
      'test { name: "a" num_chunks: 2 request_body {} request_body {} }',
      ' test a: seen several bodies with num_chunks, wanted one',
    ],
  ])('%s', (text, wanted) => {
    expect(() => caseTests(table(text), phases)).toThrow(`tests.textpb:${wanted}`)
  })
})
