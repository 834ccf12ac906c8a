/** Documents that filters fetch: one fetch for all, what it changes, and what counts while none succeeds. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { createTestHost, type TestHost, type TestHostOptions, type TestStream } from '../../host/testing/index.ts'
import { sdkGuestModule } from '../sdk/support/compile-sdk-guest.ts'

const wasm = await sdkGuestModule(join(import.meta.dirname, 'guests/document.ts'))
const DOCUMENT = { uri: 'http://words.test/words', cluster: 'words', timeout: '1s' }

interface Settings {
  readonly cache?: string
  readonly retry?: string
  readonly stale?: string
  readonly again?: string
  readonly waits?: boolean
  readonly ahead?: boolean
}

/** Calls for the document are held until the test answers them. */
class Words {
  readonly host: TestHost

  constructor(settings: Settings = {}, options: Partial<TestHostOptions> = {}) {
    const config = { uri: DOCUMENT, cache: '10s', retry: '1s', stale: '5s', again: '30s', waits: true, ...settings }
    this.host = createTestHost({
      filters: [{ wasm, config }],
      clusters: { up: 'upstream', words: 'upstream' },
      upstream: (request) => (request.isCallout ? { hold: true } : {}),
      ...options,
    })
  }

  get fetches(): number {
    return this.host.upstreamRequests.filter(({ isCallout }) => isCallout).length
  }

  ask(word: string, worker = 1): TestStream {
    return this.host.open({ headers: { 'x-word': word }, worker })
  }

  /** The answer of requests for these words in turn; `...` for one that waits. */
  verdicts(...words: string[]): string {
    return words.map((word) => verdict(this.ask(word))).join(' ')
  }

  answer(body: string, status = 200): void {
    const [call, ...others] = this.host.pendingCallouts
    if (others.length > 0) throw new Error(`${others.length + 1} fetches at once`)
    call!.answer({ status, body })
  }

  fail(): void {
    this.answer('[a][b][c]', 503)
  }

  pass(time: string): void {
    this.host.clock.advance(time)
  }
}

function verdict(stream: TestStream): string {
  return stream.response.status === 0 ? '...' : String(stream.response.status)
}

describe('a document', () => {
  test('is fetched when a request needs it, and all that come meanwhile wait for the one answer', () => {
    const words = new Words()
    expect(words.fetches).toBe(0)
    const streams = Array.from({ length: 100 }, (_, i) => words.ask(i % 2 === 0 ? 'a' : 'b'))
    expect(words.fetches).toBe(1)
    expect(words.host.upstreamRequests).toHaveLength(1)
    words.answer('[a]')
    words.pass('100ms')
    expect(streams.slice(0, 4).map(verdict)).toEqual(['200', '...', '200', '...'])
    expect(new Set(streams.filter((_, i) => i % 2 === 0).map(verdict))).toEqual(new Set(['200']))
    expect(words.fetches).toBe(2)
    words.answer('[a]')
    words.pass('100ms')
    expect(new Set(streams.filter((_, i) => i % 2 === 1).map(verdict))).toEqual(new Set(['403']))
    expect(words.host.metrics()).toMatchObject({ good: 2, failed: 0 })
  })

  test('resumes a part of those that waited in one callback', () => {
    const words = new Words()
    const streams = Array.from({ length: 40 }, () => words.ask('a'))
    words.answer('[a]')
    const done = (): number => streams.filter((stream) => verdict(stream) === '200').length
    expect(done()).toBe(16)
    words.pass('1ms')
    expect(done()).toBe(32)
    words.pass('1ms')
    expect(done()).toBe(40)
  })

  test('lets so many wait and no more', () => {
    const words = new Words()
    const streams = Array.from({ length: 1025 }, () => words.ask('a'))
    expect(streams.filter((stream) => verdict(stream) === '...')).toHaveLength(1024)
    expect(verdict(streams[1024]!)).toBe('503')
  })

  test('forgets a stream that ended while it waited', () => {
    const words = new Words()
    const [gone, other] = [words.ask('a'), words.ask('a')]
    gone.leave()
    words.answer('[a]')
    expect(verdict(other)).toBe('200')
    expect(words.host.traps()).toEqual([])
  })

  test('counts for its time, then a new answer is waited for', () => {
    const words = new Words()
    words.ask('a')
    words.answer('[a]')
    words.pass('9999ms')
    expect(words.verdicts('a')).toBe('200')
    words.pass('1ms')
    const late = words.ask('b')
    expect(verdict(late)).toBe('...')
    words.answer('[b]')
    expect([verdict(late), words.verdicts('b')]).toEqual(['200', '200'])
    expect(words.fetches).toBe(2)
  })

  test('still counts for a while when it cannot be fetched again, with an attempt now and then that nobody waits for', () => {
    const words = new Words()
    words.ask('a')
    words.answer('[a]')
    words.pass('10s')
    const first = words.ask('a')
    expect(verdict(first)).toBe('...')
    words.fail()
    expect(verdict(first)).toBe('200')
    expect(words.verdicts('a')).toBe('200')
    expect(words.fetches).toBe(2)
    words.pass('1s')
    expect(words.verdicts('a')).toBe('200')
    expect(words.fetches).toBe(3)
    words.fail()
    words.pass('3999ms')
    expect(words.verdicts('a')).toBe('200')
    words.fail()
    words.pass('1ms')
    expect(words.verdicts('a')).toBe('503')
    words.pass('1s')
    expect(words.verdicts('a')).toBe('...')
    words.answer('[a]')
    expect(words.verdicts('a')).toBe('200')
    expect(words.host.metrics()).toMatchObject({ good: 2, failed: 3 })
  })

  test('that nobody must wait for when it is old is fetched behind them', () => {
    const words = new Words({ waits: false })
    words.ask('a')
    words.answer('[a]')
    words.pass('10s')
    expect(words.verdicts('a')).toBe('200')
    expect(words.fetches).toBe(2)
    words.answer('[b]')
    expect(words.verdicts('b')).toBe('200')
  })

  test.each([
    ['a status', { status: 500, body: '[a]' }],
    ['another status', { status: 302, body: '[a]', headers: { location: 'http://words.test/other' } }],
    ['a document of another kind', { body: '<a>' }],
    ['no document', { body: '' }],
    ['too large a document', { body: `[a]${' '.repeat(1 << 20)}` }],
    ['a reset', { fail: 'reset' as const }],
    ['a cut', { body: '[a]'.repeat(100), fail: 'close_in_body' as const }],
  ])('is not there after %s, and is asked for again after a while', (_, answer) => {
    const words = new Words()
    const first = words.ask('a')
    words.host.pendingCallouts[0]!.answer(answer)
    expect(verdict(first)).toBe('503')
    expect(words.verdicts('a')).toBe('503')
    expect(words.fetches).toBe(1)
    words.pass('1s')
    expect(words.verdicts('a')).toBe('...')
    expect(words.fetches).toBe(2)
    words.answer('[a]')
    expect(words.host.metrics()).toMatchObject({ good: 1, failed: 1 })
  })

  test('is not there after silence', () => {
    const words = new Words()
    const first = words.ask('a')
    words.pass('1s')
    expect(verdict(first)).toBe('503')
  })

  test('is not there when nobody can be asked', () => {
    const words = new Words({}, { clusters: { up: 'upstream', words: 'empty' } })
    expect(words.verdicts('a', 'a')).toBe('503 503')
    expect(words.host.metrics()).toMatchObject({ failed: 1 })
  })

  test('is fetched ahead when so configured, and no request waits', () => {
    const words = new Words({ ahead: true })
    words.pass('1ms')
    expect(words.fetches).toBe(1)
    words.answer('[a]')
    words.pass('4999ms')
    expect(words.fetches).toBe(1)
    words.pass('2ms')
    expect(words.fetches).toBe(2)
    expect(words.verdicts('a')).toBe('200')
    words.fail()
    words.pass('1001ms')
    expect(words.fetches).toBe(3)
    words.answer('[b]')
    words.pass('4s')
    expect(words.verdicts('b')).toBe('200')
  })
})

describe('what a document lacks', () => {
  test('is asked for again, once for all that miss it', () => {
    const words = new Words()
    words.ask('a')
    words.answer('[a]')
    const streams = Array.from({ length: 10 }, () => words.ask('b'))
    expect(words.fetches).toBe(2)
    expect(words.verdicts('a')).toBe('200')
    words.answer('[a][b]')
    expect(streams.map(verdict)).toEqual(streams.map(() => '200'))
  })

  test('is not asked for again within the interval', () => {
    const words = new Words({ cache: '100s' })
    words.ask('a')
    words.answer('[a]')
    const first = words.ask('b')
    words.answer('[a]')
    expect(verdict(first)).toBe('403')
    expect(words.verdicts('b', 'c')).toBe('403 403')
    words.pass('29999ms')
    expect(words.verdicts('b')).toBe('403')
    words.pass('1ms')
    const last = words.ask('b')
    expect(verdict(last)).toBe('...')
    words.fail()
    expect(verdict(last)).toBe('403')
    expect(words.verdicts('a')).toBe('200')
    expect(words.fetches).toBe(3)
  })
})

describe('the workers of a proxy', () => {
  const start = (settings: Settings = {}): Words => new Words(settings, { workers: 2 })

  test('fetch once for all', () => {
    const words = start()
    const streams = [words.ask('a', 1), words.ask('a', 2), words.ask('b', 2)]
    expect(words.fetches).toBe(1)
    words.answer('[a][b]')
    expect(streams.map(verdict)).toEqual(['200', '...', '...'])
    words.pass('20ms')
    expect(streams.map(verdict)).toEqual(['200', '200', '200'])
    expect(words.fetches).toBe(1)
  })

  test('take over what another one has fetched before', () => {
    const words = start()
    words.ask('a', 1)
    words.answer('[a]')
    words.pass('5s')
    expect(verdict(words.ask('a', 2))).toBe('200')
    words.pass('5s')
    expect(verdict(words.ask('a', 2))).toBe('...')
    expect(words.fetches).toBe(2)
  })

  test('learn of a failure, and make one attempt in its time', () => {
    const words = start()
    const streams = [words.ask('a', 1), words.ask('a', 2)]
    words.fail()
    words.pass('20ms')
    expect(streams.map(verdict)).toEqual(['503', '503'])
    expect([verdict(words.ask('a', 1)), verdict(words.ask('a', 2))]).toEqual(['503', '503'])
    expect(words.fetches).toBe(1)
    expect(words.host.metrics()).toMatchObject({ failed: 1 })
  })

  test('ask again once for what is lacking', () => {
    const words = start({ cache: '100s' })
    words.ask('a', 1)
    words.answer('[a]')
    words.ask('a', 2)
    const streams = [words.ask('b', 1), words.ask('b', 2)]
    expect(words.fetches).toBe(2)
    words.answer('[a]')
    words.pass('20ms')
    expect(streams.map(verdict)).toEqual(['403', '403'])
    expect([verdict(words.ask('b', 1)), verdict(words.ask('b', 2))]).toEqual(['403', '403'])
    expect(words.fetches).toBe(2)
  })

  test('wait for what another one has asked for again', () => {
    const words = start({ cache: '100s' })
    words.ask('a', 1)
    words.answer('[a]')
    expect(verdict(words.ask('a', 2))).toBe('200')
    words.pass('1s')
    const streams = [words.ask('b', 1), words.ask('b', 2)]
    words.answer('[a][b]')
    words.pass('20ms')
    expect(streams.map(verdict)).toEqual(['200', '200'])
    expect(words.fetches).toBe(2)
  })

  test('find without a fetch what another one has fetched since', () => {
    const words = start({ cache: '100s' })
    words.ask('a', 1)
    words.answer('[a]')
    expect(verdict(words.ask('a', 2))).toBe('200')
    words.pass('1s')
    words.ask('b', 1)
    words.answer('[a][b]')
    const other = words.ask('b', 2)
    words.pass('1ms')
    expect(verdict(other)).toBe('200')
    expect(words.fetches).toBe(2)
  })

  test('take the place of one whose VM has failed', () => {
    const words = start()
    words.ask('a', 1)
    const other = words.ask('a', 2)
    words.ask('trap', 1)
    words.pass('1999ms')
    expect([verdict(other), words.fetches]).toEqual(['...', 1])
    words.pass('20ms')
    expect([verdict(other), words.fetches]).toEqual(['...', 2])
    words.answer('[a]')
    expect(verdict(other)).toBe('200')
  })

  test('fetch ahead in one thread', () => {
    const words = start({ ahead: true })
    words.pass('1ms')
    expect(words.fetches).toBe(1)
    words.answer('[a]')
    words.pass('20ms')
    expect([verdict(words.ask('a', 1)), verdict(words.ask('a', 2))]).toEqual(['200', '200'])
    words.pass('5s')
    expect(words.fetches).toBe(2)
  })
})
