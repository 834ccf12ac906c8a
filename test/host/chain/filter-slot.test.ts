import { describe, expect, test } from 'vitest'
import type { HttpHost, StreamMap } from '../../../host/plugin/stream-host.ts'
import { Action, Chain, bodyText, routeConfig } from './fixture.ts'
import type { FilterScript, Guest } from './fixture.ts'

const { Pause, StopAll } = Action

/** Digits of the maps that can be read, then of the buffers. */
function visible(host: HttpHost): string {
  const maps = ([0, 1, 2, 3] as StreamMap[]).filter((type) => host.headerMap(type, false) !== null).join('')
  const bodies = ([0, 1] as const).filter((direction) => host.body(direction, false) !== null).join('')
  return `${maps}/${bodies}`
}

/** Runs a request with body and trailers and its response through one filter and notes what it sees where. */
function observe(script: FilterScript, between?: (host: HttpHost) => void): Record<string, string> {
  const seen: Record<string, string> = {}
  const note = (name: keyof FilterScript, callback = script[name] as ((guest: Guest) => number | void) | undefined) => {
    return (guest: Guest) => {
      seen[name] = visible(guest.host)
      return callback?.(guest) ?? 0
    }
  }
  const names = ['reqh', 'reqb', 'reqt', 'resh', 'resb', 'rest', 'log'] as const
  const chain = new Chain({ filters: { A: Object.fromEntries(names.map((name) => [name, note(name)])) } })
  const client = chain.open({}, false)
  client.part('abc')
  client.sendTrailers({ t: '1' })
  const host = chain.filters[0]!.hosts[0]!
  seen['before continue'] = visible(host)
  between?.(host)
  chain.upstream.stream.responseHead(client.stream.requestHeaders.clone(), false)
  client.stream.responseHeaders?.set(':status', '200')
  chain.upstream.part('xyz')
  chain.upstream.stream.responseTrailers(client.stream.requestHeaders.clone())
  seen['gone'] = visible(host)
  return seen
}

describe('FilterSlot shows maps and buffers by phase', () => {
  test('everything continued: each is there in its own callback only', () => {
    expect(observe({ resh: ({ host }) => void host.headerMap(2, true)!.set(':status', '200') })).toEqual({
      reqh: '0/',
      reqb: '/0',
      reqt: '1/',
      resh: '2/',
      resb: '/1',
      rest: '3/',
      log: '023/',
      'before continue': '/',
      gone: '/',
    })
  })

  test('paused headers stay readable until continue', () => {
    const seen = observe(
      { reqh: () => StopAll, resh: ({ host }) => void host.headerMap(2, true)!.set(':status', '200') },
      (host) => host.continueStream(0),
    )
    expect(seen).toMatchObject({ reqh: '0/', 'before continue': '0/', reqb: '/0', reqt: '1/', resh: '2/', log: '023/' })
  })

  test('hold mode: the request head and the held body stay, into the response', () => {
    const seen = observe({
      reqh: () => Pause,
      reqb: () => Pause,
      resh: ({ host }) => void host.headerMap(2, true)!.set(':status', '200'),
    })
    expect(seen).toMatchObject({ reqh: '0/', reqb: '0/0', reqt: '01/0', resh: '02/', resb: '0/1', rest: '03/' })
  })

  test('continue of either direction takes the request from the guest', () => {
    const chain = new Chain({ filters: { A: { reqh: () => StopAll } } })
    chain.open()
    const host = chain.filters[0]!.hosts[0]!
    host.continueStream(1)
    expect(host.headerMap(0, false)).toBeNull()
  })

  test('on_log sees the final maps read-only', () => {
    const found: unknown[] = []
    const log = ({ host }: Guest) => {
      for (const type of [0, 1, 2, 3] as const)
        found.push(host.headerMap(type, true), host.logMap(type)?.get(type === 0 ? ':path' : 'server') ?? null)
      found.push(host.createTrailers(3), host.body(1, false))
    }
    const chain = new Chain({ filters: { A: { log } } })
    chain.open({ ':path': '/p' })
    chain.upstream.answer(200)
    expect(found).toEqual([null, '/p', null, null, null, 'envoy', null, null, null, null])
  })

  test('a paused body is readable and writable from outside a callback', () => {
    const chain = new Chain({ filters: { A: { reqb: () => Pause } } })
    const client = chain.open({}, false)
    client.part('abc', true)
    const host = chain.filters[0]!.hosts[0]!
    expect(bodyText(host, 0)).toBe('abc')
    host.body(0, true)!.append(Buffer.from('d'))
    host.continueStream(0)
    expect(chain.upstream.body).toBe('abcd')
  })
})

describe('FilterSlot changes the request', () => {
  test('a changed head finds its route anew, the described route stays until then', () => {
    const names: string[] = []
    const reqh = ({ host }: Guest) => {
      host.resolveRoute()
      host.headerMap(0, true)!.set(':path', '/b')
      host.requestHeadersChanged()
      host.resolveRoute()
      names.push(host.info.routeName)
    }
    const chain = new Chain({ filters: { A: { reqh } }, routes: [routeConfig('/a'), routeConfig('/b')] })
    const client = chain.open({ ':path': '/a' })
    expect([...names, client.stream.info.routeName]).toEqual(['route /a', 'route /b'])
  })

  test('closeStream resets the client with its details, and keeps those of an answer', () => {
    const chain = new Chain({ filters: { A: { reqh: ({ host }) => (host.closeStream('wasm_close_stream'), StopAll) } } })
    expect(chain.open().resetReason).toBe('local_reset')
    const late = new Chain({ filters: { A: { resh: ({ host }) => (host.closeStream('wasm_close_stream'), 0) } } })
    const client = late.open()
    late.upstream.answer(200, 'abc')
    expect([client.resetReason, client.response]).toEqual(['local_reset', null])
    expect([...chain.logLines, ...late.logLines]).toEqual(['0 wasm_close_stream -', '200 via_upstream -'])
  })
})
