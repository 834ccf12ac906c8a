/** What a bundle adds to its filters, through a guest that a tiny host drives. test/cases/chain.test.ts has the order of events. */
import { beforeAll, describe, expect, it } from 'vitest'
import { compileSdkGuest } from './support/compile-sdk-guest.ts'
import type { Pairs } from './support/pairs.ts'
import { RecordingHost } from './support/recording-host.ts'

const MILLI = 1_000_000n
const HEADERS: Pairs = [
  ['a', 'one'],
  ['b', 'two'],
]

let wasm: Buffer

beforeAll(async () => {
  wasm = await compileSdkGuest('bundle', '--exportRuntime')
})

/** A host whose plugin has these filters: name and act. */
function host(...filters: [string, string][]): RecordingHost {
  const made = new RecordingHost(wasm)
  made.forceCollection = true
  made.properties.set('plugin_name', Buffer.from('gateway'))
  made.start(JSON.stringify(filters.map(([name, configuration]) => ({ name, configuration }))))
  return made
}

function ticksAt(made: RecordingHost, millis: bigint): string[] {
  made.now = millis * MILLI
  made.logs.length = 0
  made.call('proxy_on_tick', 1)
  return made.logs
}

describe('headers in a bundle', () => {
  it('are fetched once for all filters; a filter sees what those before it wrote', () => {
    const made = host(['first', 'read and write'], ['second', 'read'], ['first', 'read'])
    made.request(2, HEADERS)
    expect(made.logs).toEqual(['first[0]: one,two', 'second[1]: new,two', 'first[2]: new,two'])
    expect(made.callsOf('get_pairs')).toHaveLength(1)
  })

  it('are those of the request, and of the map when it was fetched last', () => {
    const made = host(['first', 'read and write all'], ['second', 'read'])
    made.request(2, HEADERS)
    expect(made.logs).toEqual(['first[0]: one,two', 'first[0]: 3,two', 'second[1]: new,two'])
    expect(made.callsOf('get_pairs')).toHaveLength(2)
    made.logs.length = 0
    made.request(3, [['b', 'other']])
    expect(made.logs).toEqual(['first[0]: ,other', 'first[0]: 3,other', 'second[1]: new,other'])
  })

  it('are refused with the name of the filter', () => {
    const made = host(['first', 'read'], ['second', 'bad name'])
    made.request(2, HEADERS)
    expect(made.logs).toContain('second[1]: sdk: header refused: set x a')
  })
})

describe('the configuration of a bundle', () => {
  it('names each filter by its place', () => {
    const made = host(['second', 'names'], ['second', 'names'])
    expect(made.logs).toEqual([
      'second[0]: gateway.second[0]',
      'second[0]: second',
      'second[1]: gateway.second[1]',
      'second[1]: second',
    ])
  })

  it('may be an object with the list', () => {
    const made = new RecordingHost(wasm)
    expect(made.start('{"filters": [{"name": "first", "configuration": {"show": {}}}]}')).toBe(true)
    expect(made.logs).toEqual(['first[0]: {"show": {}}'])
  })

  it.each([
    ['{"show": [1,  2.50]}', '{"show": [1,  2.50]}'],
    ['"show \\u00e4\\"\\n"', 'show ä"\n'],
  ])('hands %s over as %j', (value, seen) => {
    const made = new RecordingHost(wasm)
    expect(made.start(`[{"configuration": ${value}, "name": "first"}, {"name": "second", "configuration": null}]`)).toBe(true)
    expect(made.logs).toEqual([`first[0]: ${Buffer.from(seen, 'utf8').toString('latin1')}`])
  })

  it.each([
    ['', '[0]: byte 0: expected a value'],
    ['{}', '[0]: wanted filters, a list of {name, configuration}'],
    ['7', '[0]: wanted a list of {name, configuration}'],
    ['{"filter": []}', '[0]: seen filter, wanted filters, a list of {name, configuration}'],
    ['{"filters": {}}', '[0]: wanted a list of {name, configuration}'],
    ['{"filters": []}', '[0]: the list is empty, wanted at least one filter'],
    ['{"filters": [{"name": "first"}], "more": 1}', '[1]: seen more, unknown field'],
    ['{"filters": [{"name": "first"}]', '[1]: byte 31: expected , or }'],
    ['{"filters"}', '[0]: byte 10: expected :'],
    ['[]', '[0]: the list is empty, wanted at least one filter'],
    ['["first"]', '[0]: wanted an object'],
    ['[{}]', '[0]: name is missing'],
    ['[{"name": 1}]', '[0]: wanted a string as name'],
    ['[{"name": "first"}, {"name": "third"}]', "[1]: seen third, wanted one of this bundle's filters: first second"],
    ['[{"name": "first", "config": {}}]', '[0]: seen config, unknown field'],
    ['[{"name": "first", "configuration": {"a": }}]', '[0]: byte 42: expected a value'],
    ['[{"name": "first"}] x', '[1]: byte 20: expected the end of the text'],
    ['[{"name": "first"}', '[1]: byte 18: expected , or ]'],
  ])('refuses %s', (text, fault) => {
    const made = new RecordingHost(wasm)
    expect(made.start(text)).toBe(false)
    expect(made.logs).toEqual([`bundle: configuration refused: ${fault}`])
  })

  it('is refused when a filter refuses its own, with the reason', () => {
    const made = new RecordingHost(wasm)
    expect(made.start('[{"name": "first"}, {"name": "second", "configuration": "refuse"}]')).toBe(false)
    expect(made.logs).toEqual(['second[1]: refused on purpose', 'bundle: configuration refused by second[1]'])
  })

  it('is refused when a filter refuses the configuration of the VM', () => {
    const made = new RecordingHost(wasm)
    made.buffers.set(6, Buffer.from('refuse'))
    expect(made.start('[{"name": "first"}]')).toBe(false)
    expect(made.logs).toEqual(['bundle: configuration refused by first[0]'])
  })
})

describe('timers of a bundle', () => {
  it('tick with the period of their filter', () => {
    const made = host(['first', 'tick 250'], ['second', 'tick 100'])
    expect(made.callsOf('set_tick')).toEqual(['set_tick 250', 'set_tick 100'])
    expect(ticksAt(made, 100n)).toEqual(['second[1]: tick'])
    expect(ticksAt(made, 200n)).toEqual(['second[1]: tick'])
    expect(made.callsOf('set_tick').at(-1)).toBe('set_tick 50')
    expect(ticksAt(made, 250n)).toEqual(['first[0]: tick'])
    expect(ticksAt(made, 300n)).toEqual(['second[1]: tick'])
  })

  it('survive a clock that jumps back', () => {
    const made = host(['first', 'tick 250'], ['second', 'tick 100'])
    made.now = 3_600_000n * MILLI
    made.call('proxy_on_tick', 1)
    expect(ticksAt(made, 0n)).toEqual([])
    expect(made.callsOf('set_tick').at(-1)).toBe('set_tick 100')
    expect(ticksAt(made, 100n)).toEqual(['second[1]: tick'])
    expect(ticksAt(made, 250n)).toEqual(['first[0]: tick', 'second[1]: tick'])
  })
})

describe('a bundle', () => {
  it('wakes the filter that registered a queue last', () => {
    const made = host(['first', 'queue'], ['second', 'queue'], ['first', 'read'])
    made.queue.push(Buffer.from('item'))
    made.call('proxy_on_queue_ready', 1, 1)
    made.call('proxy_on_queue_ready', 1, 99)
    expect(made.logs).toEqual(['second[1]: item'])
  })

  it('ends when the last filter is done', () => {
    const made = host(['first', 'late end'], ['first', 'read'], ['second', 'late end'])
    expect(made.call('proxy_on_done', 1)).toBe(0)
    made.now = 10n * MILLI
    made.call('proxy_on_tick', 1)
    expect(made.callsOf('done')).toHaveLength(1)
    expect(made.logs).toEqual(['first[0]: tick', 'first[0]: ended', 'second[2]: tick', 'second[2]: ended'])
  })

  it('sends the first of two replies that two timers make in one callback', () => {
    const made = host(['first', 'reply later'], ['second', 'reply later and wait'])
    expect(made.request(2, HEADERS)).toBe(1)
    made.now = 50n * MILLI
    made.call('proxy_on_tick', 1)
    expect(made.callsOf('local_response')).toEqual(['local_response 403 reply later   -1'])
  })

  it('makes no context for a filter that a stream has not reached, and forgets all at the end', () => {
    const made = host(['first', 'reply later and wait'], ['second', 'reply later'])
    made.request(2, HEADERS)
    made.end(2)
    made.now = 50n * MILLI
    made.call('proxy_on_tick', 1)
    expect(made.callsOf('local_response')).toEqual([])
  })

  it('ignores ids it does not know', () => {
    const made = host(['first', 'read'])
    for (const name of ['done', 'delete', 'tick']) made.call(`proxy_on_${name}`, 999)
    expect(made.call('proxy_on_request_headers', 999, 0, 0)).toBe(0)
    expect(made.logs).toEqual([])
  })
})
