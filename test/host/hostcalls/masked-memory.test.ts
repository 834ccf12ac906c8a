/**
 * Every hostcall against hostile addresses: a status that says so, no other byte of the guest's memory touched.
 */
import { describe, expect, test } from 'vitest'
import { HOSTCALLS } from '../../../host/abi/hostcalls.ts'
import { Phase } from '../../../host/plugin/vm.ts'
import { VmTrap } from '../../../host/vm/engine.ts'
import { FakeStream } from '../plugin/fakes.ts'
import { MASK, type Guest } from '../plugin/scripted-engine.ts'
import { inRequestHeaders, type Setup } from '../plugin/setup.ts'
import { CURRENT_HOSTCALLS, paramsOf, SHAPES } from './shapes.ts'

const PAGE = 65536
/** Addresses that reach over the end, wrap round, or are negative as i32. */
const BAD = [PAGE - 2, PAGE, 0x7fffffff, -1, -4, -0x80000000]

/** What a good call answers when there is nothing for it to do: no body, no cluster, no token, nobody who waits. */
const OTHERWISE: Readonly<Record<string, number | undefined>> = {
  proxy_done: 1,
  proxy_set_buffer_bytes: 2,
  proxy_grpc_call: 4,
  proxy_grpc_stream: 4,
  proxy_grpc_send: 1,
  proxy_grpc_cancel: 1,
  proxy_grpc_close: 1,
  proxy_call_foreign_function: 1,
  pthread_equal: 1,
  emscripten_notify_memory_growth: undefined,
}

/** Arguments with the one at `wrong` replaced by a bad address. */
function argumentsOf(guest: Guest, name: string, wrong: number, bad: number): (number | bigint)[] {
  const result: (number | bigint)[] = []
  SHAPES[name]!.forEach((kind, index) => {
    if (kind === 'in') result.push(...(index === wrong ? [bad, 8] : inputOf(guest, name, index)))
    else if (kind === 'out') result.push(index === wrong ? bad : 16 + 8 * index)
    else result.push(kind)
  })
  return result
}

/** What makes the call succeed, so that only the bad address can fail it. */
function inputOf(guest: Guest, name: string, index: number): [number, number] {
  if (name === 'proxy_http_call' && index === 0) return guest.put('known')
  if (name === 'proxy_http_call' && index === 1) return guest.pairs(':method', 'GET', ':path', '/', ':authority', 'a')
  if (name === 'proxy_get_header_map_value') return guest.put('a')
  if (name === 'proxy_get_property') return guest.put('plugin_name')
  if (name === 'proxy_resolve_shared_queue') return guest.put(index === 0 ? '' : 'q')
  if (name === 'proxy_send_local_response' && index === 3) return guest.put('')
  return guest.put('key')
}

/** State that every call needs to come as far as its results. */
function prepare(guest: Guest): void {
  guest.call('proxy_set_shared_data', ...guest.put('key'), ...guest.put('value'), 0)
  guest.call('proxy_register_shared_queue', ...guest.put('q'), 16)
  guest.call('proxy_enqueue_shared_queue', 1, ...guest.put('item'))
  guest.call('proxy_define_metric', 0, ...guest.put('m'), 16)
  guest.reset()
}

function isMasked(guest: Guest): boolean {
  // 0x1000: inputs of the test; 0x8000: what the allocator gave.
  const quiet = [guest.bytes.subarray(0, 0x1000), guest.bytes.subarray(0x9000)]
  return quiet.every((range) => range.every((byte) => byte === MASK))
}

const cases = Object.entries(SHAPES).flatMap(([name, shape]) =>
  shape.flatMap((kind, index) => (typeof kind === 'string' ? [{ name, index, kind }] : [])),
)

test('every hostcall of the table has a shape', () => {
  const table = Object.fromEntries(CURRENT_HOSTCALLS.map(({ name, params }) => [name, params]))
  expect(Object.fromEntries(Object.entries(SHAPES).map(([name, shape]) => [name, paramsOf(shape)]))).toEqual(table)
})

describe('a bad address', () => {
  test.each(cases)('in argument $index ($kind) of $name is status 6', ({ name, index }) => {
    for (const bad of BAD) {
      inRequestHeaders(
        (guest) => {
          prepare(guest)
          const args = argumentsOf(guest, name, index, bad)
          const lone = SHAPES[name]!.filter((kind) => kind === 'out').length < 2
          // A function that nobody knows has no results to write.
          const unknown = name === 'proxy_call_foreign_function' && index > 1
          expect(guest.call(name, ...args)).toBe(unknown ? 1 : 6)
          if (lone) expect(isMasked(guest)).toBe(true)
        },
        new FakeStream([['a', '1']]),
      )
    }
  })

  test('of pairs names nothing outside of the given range', () => {
    inRequestHeaders(
      (guest) => {
        const [address, size] = guest.pairs('a', '1')
        expect(guest.call('proxy_set_header_map_pairs', 0, address, size - 1)).toBe(0)
      },
      new FakeStream([['a', '1']]),
    )
  })
})

describe('good addresses', () => {
  test.each(Object.keys(SHAPES))('let %s succeed', (name) => {
    inRequestHeaders(
      (guest) => {
        prepare(guest)
        const status = guest.call(name, ...argumentsOf(guest, name, -1, 0))
        expect(status).toBe(name in OTHERWISE ? OTHERWISE[name] : 0)
      },
      new FakeStream([['a', '1']]),
    )
  })
})

test.each([
  ['proxy_get_header_map_value', (guest: Guest) => [0, ...guest.put('a'), 16, 20]],
  ['proxy_get_header_map_pairs', () => [0, 16, 20]],
  ['proxy_get_buffer_bytes', () => [6, 0, -1, 16, 20]],
  ['proxy_get_property', (guest: Guest) => [...guest.put('plugin_name'), 16, 20]],
] as const)('%s answers 6 when the allocator has nothing', (name, args) => {
  inRequestHeaders(
    (guest) => {
      guest.outOfMemory = true
      expect(guest.call(name, ...args(guest))).toBe(6)
      expect(guest.bytes.subarray(0, 0x1000).every((byte) => byte === MASK)).toBe(true)
    },
    new FakeStream([['a', '1']]),
  )
})

describe('a restricted phase', () => {
  test.each([
    ['start', Phase.Start],
    ['malloc', Phase.Malloc],
    ['start section', Phase.StartSection],
  ] as const)('%s lets through what the table of hostcalls says, and nothing else', (phase, number) => {
    for (const spec of HOSTCALLS) {
      const judge = (guest: Guest, setup: Setup): void => {
        const vm = setup.plugin.root.vm
        vm.phase = number
        const args = Array.from(spec.params, (letter) => (letter === 'l' ? 0n : 0))
        let refused = false
        try {
          guest.call(spec.name, ...args)
        } catch (error) {
          refused = error instanceof VmTrap && error.kind === 'restricted'
        }
        vm.phase = Phase.Running
        vm.failed = false
        const allowed = phase === 'start' ? spec.atStart : phase === 'malloc' && spec.inMalloc
        expect([spec.name, refused]).toEqual([spec.name, !allowed])
      }
      inRequestHeaders(judge, undefined, undefined, (spec.until ?? '0.2.1').replaceAll('.', '_'))
    }
  })
})
