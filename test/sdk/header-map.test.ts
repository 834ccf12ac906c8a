/** Header maps of the SDK, through a guest that a tiny host drives. */
import { describe, expect, it } from 'vitest'
import { HEADERS, host, refusals } from './support/probe.ts'

describe('HeaderMap', () => {
  it('serves every read of a callback from one fetch', () => {
    const made = host('read')
    made.request(2, HEADERS)
    expect(made.logs).toEqual(['one', '1', '2', 'twice=2', 'missing=0', 'third=1', 'empty=1', 'a.test'])
    expect(made.callsOf('get_pairs')).toEqual(['get_pairs 0'])
    expect(made.callsOf('get_value')).toEqual([])
  })

  it('fetches again in the next callback', () => {
    const made = host('read')
    made.request(2, HEADERS)
    made.request(3, [['a', 'other']])
    expect(made.logs[8]).toBe('other')
    expect(made.callsOf('get_pairs')).toHaveLength(2)
  })

  it('iterates over all pairs in order', () => {
    const made = host('iterate')
    made.request(2, HEADERS)
    expect(made.logs).toEqual([...HEADERS.map(([name, value]) => `${name}=${value}`), 'outside=1'])
    expect(made.callsOf('get_pairs')).toHaveLength(1)
  })

  it('asks the host for a written name only, and refetches to see every value of one', () => {
    const made = host('write')
    made.request(2, HEADERS)
    expect(made.logs).toEqual(['one', 'two', 'new', 'b=0', 'twice=3', '3'])
    expect(made.calls.filter((call) => !call.startsWith('log') && !call.startsWith('get_log'))).toEqual([
      'get_pairs 0',
      'replace 0 a new',
      'get_value 0 a',
      'remove 0 b',
      'get_value 0 b',
      'add 0 x-twice 3',
      'get_pairs 0',
    ])
  })

  it('keeps the snapshots of two streams apart in one callback', () => {
    const made = host('two')
    made.request(2, HEADERS)
    made.request(3, HEADERS)
    made.calls.length = 0
    made.call('proxy_on_tick', 1)
    expect(made.logs.slice(0, 5)).toEqual(['one', 'one', 'two', 'changed', 'one'])
    const calls = made.calls.filter((call) => /^(get_pairs|get_value|replace|set_effective)/.test(call))
    expect(calls.slice(2, 8)).toEqual([
      'set_effective_context 3',
      'get_pairs 0',
      'set_effective_context 2',
      'get_pairs 0',
      'replace 0 a changed',
      'get_value 0 a',
    ])
  })

  it('names what it refuses, without control bytes', () => {
    const made = host('refusals')
    made.request(2, HEADERS)
    expect(made.logs).toContain('sdk: header refused: set Content-Length')
    expect(made.logs).toContain('sdk: header refused: add x a')
  })

  it('getSingle is one hostcall without a fetch', () => {
    const made = host('single')
    made.request(2, HEADERS)
    expect(made.logs).toEqual(['one', 'missing=1'])
    expect(made.callsOf('get_pairs')).toEqual([])
    expect(made.callsOf('get_value')).toHaveLength(2)
  })

  it('reads a map the host does not offer as empty', () => {
    const made = host('read')
    made.request(2, [])
    expect(made.logs).toEqual(['', '', '', 'twice=0', 'missing=0', 'third=1', 'empty=0', ''])
  })

  it('refuses what would corrupt a message', () => {
    const made = host('refusals')
    made.request(2, HEADERS)
    const answers = made.logs.filter((line) => !line.startsWith('sdk: '))
    const allowed = ['tab', 'high', 'set path']
    expect(answers).toHaveLength(20)
    for (const answer of answers) {
      const [name, value] = answer.split('=')
      expect(`${name}=${value}`).toBe(`${name}=${allowed.includes(name ?? '') ? 1 : 0}`)
    }
    expect(refusals(made)).toHaveLength(17)
    expect(made.callsOf('local_response')).toEqual([])
    expect(made.callsOf('set_property')).toEqual([])
  })

  it('refuses a split response header', () => {
    const made = host('response-split')
    made.request(2)
    made.maps.set(2, [[':status', '200']])
    made.call('proxy_on_response_headers', 2, 1, 1)
    expect(made.logs).toContain('set=0')
    expect(made.callsOf('replace')).toEqual([])
  })
})
