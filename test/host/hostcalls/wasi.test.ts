/** WASI as Envoy 1.40 answers it. */
import { describe, expect, test } from 'vitest'
import { hostImports } from '../../../host/hostcalls/index.ts'
import { Phase, type Vm } from '../../../host/plugin/vm.ts'
import type { PluginConfig } from '../../../host/config/types.ts'
import { EPOCH_MILLIS, FakeStream } from '../plugin/fakes.ts'
import type { Guest } from '../plugin/scripted-engine.ts'
import { inRequestHeaders, type Setup } from '../plugin/setup.ts'

type Call = (name: string, ...args: (number | bigint)[]) => number

/** Runs in a request callback with the WASI functions of its VM. */
function inGuest<T>(run: (call: Call, guest: Guest, setup: Setup) => T, changes: Partial<PluginConfig> = {}): T {
  return inRequestHeaders((guest, setup) => run(caller(setup.plugin.root.vm), guest, setup), new FakeStream(), changes)
}

function caller(vm: Vm): Call {
  const wasi = hostImports(vm).get('wasi_snapshot_preview1')!
  return (name, ...args) => (wasi.get(name)!.call as (...values: (number | bigint)[]) => number)(...args)
}

/** Calls with zeros of the right types. */
function withZeros(vm: Vm, name: string): number {
  const { type } = hostImports(vm).get('wasi_unstable')!.get(name)!
  return caller(vm)(name, ...type.params.map((kind) => (kind === 'i64' ? 0n : 0)))
}

test.each([
  ['args_get', 0],
  ['args_sizes_get', 0],
  ['environ_get', 0],
  ['environ_sizes_get', 0],
  ['clock_res_get', 0],
  ['clock_time_get', 0],
  ['fd_advise', 0],
  ['fd_allocate', 8],
  ['fd_close', 0],
  ['fd_datasync', 8],
  ['fd_fdstat_set_flags', 52],
  ['fd_fdstat_set_rights', 8],
  ['fd_filestat_get', 8],
  ['fd_filestat_set_size', 8],
  ['fd_filestat_set_times', 8],
  ['fd_pread', 52],
  ['fd_prestat_get', 8],
  ['fd_prestat_dir_name', 52],
  ['fd_read', 52],
  ['fd_readdir', 20],
  ['fd_renumber', 8],
  ['fd_seek', 0],
  ['fd_sync', 8],
  ['fd_tell', 8],
  ['fd_write', 8],
  ['path_create_directory', 58],
  ['path_filestat_get', 58],
  ['path_filestat_set_times', 58],
  ['path_link', 58],
  ['path_open', 44],
  ['path_readlink', 58],
  ['path_remove_directory', 58],
  ['path_rename', 58],
  ['path_symlink', 58],
  ['path_unlink_file', 58],
  ['poll_oneoff', 0],
  ['proc_exit', undefined],
  ['sched_yield', 0],
  ['random_get', 0],
  ['sock_accept', 58],
  ['sock_recv', 58],
  ['sock_send', 58],
  ['sock_shutdown', 58],
])('%s with zeros is %s', (name, errno) => {
  expect(inRequestHeaders((_guest, setup) => withZeros(setup.plugin.root.vm, name))).toBe(errno)
})

describe('output', () => {
  const vectors = (guest: Guest, ...parts: string[]): [number, number] => {
    const table = Buffer.alloc(8 * parts.length)
    parts.forEach((part, index) => {
      const [address, size] = guest.put(part)
      table.writeUInt32LE(address, 8 * index)
      table.writeUInt32LE(size, 8 * index + 4)
    })
    return [guest.put(table)[0], parts.length]
  }

  test.each([
    [1, ['one ', 'line\n'], 0, ['2 wasm log test root vm: one line']],
    [2, ['a\n\n'], 0, ['4 wasm log test root vm: a\n']],
    [3, ['x'], 8, []],
    [1, [], 0, []],
  ])('to %i of %j', (fd, parts, errno, logs) => {
    inGuest((call, guest, { services }) => {
      expect(call('fd_write', fd, ...vectors(guest, ...parts), 16)).toBe(errno)
      expect(services.logs).toEqual(logs)
      if (errno === 0) expect(guest.word(16)).toBe(parts.join('').length)
    })
  })

  test('outside of memory is 21', () => {
    inGuest((call, guest) => {
      expect(call('fd_write', 1, 65532, 1, 16)).toBe(21)
      const table = Buffer.from('ffff0000ffff0000', 'hex')
      expect(call('fd_write', 1, guest.put(table)[0], 1, 16)).toBe(21)
      expect(call('fd_write', 1, ...vectors(guest, 'a'), -1)).toBe(21)
      guest.bytes.fill(0)
      expect(call('fd_write', 1, 0, 0x20000000, 16)).toBe(21)
      expect(call('fd_write', 1, 0, 0x2000, 16)).toBe(0)
    })
  })
})

test('the environment comes from the configuration only', () => {
  inGuest(
    (call, guest) => {
      expect(call('environ_sizes_get', 16, 20)).toBe(0)
      expect([guest.word(16), guest.word(20)]).toEqual([2, 10])
      expect(call('environ_get', 32, 64)).toBe(0)
      expect(guest.bytes.latin1Slice(64, 74)).toBe('A=1\0BC=22\0')
      expect([guest.word(32), guest.word(36)]).toEqual([64, 68])
      expect(call('environ_get', 65530, 64)).toBe(21)
    },
    {
      environment: new Map([
        ['A', '1'],
        ['BC', '22'],
      ]),
    },
  )
})

test('clocks are wall and monotonic, others 58', () => {
  inGuest((call, guest, { services }) => {
    services.time.now = 5
    expect(call('clock_time_get', 0, 0n, 32)).toBe(0)
    expect(guest.bytes.readBigUInt64LE(32)).toBe(BigInt(EPOCH_MILLIS + 5) * 1_000_000n)
    expect(call('clock_time_get', 1, 0n, 32)).toBe(0)
    expect(guest.bytes.readBigUInt64LE(32)).toBe(5_000_000n)
    expect(call('clock_time_get', 2, 0n, 32)).toBe(58)
    expect(call('clock_time_get', 0, 0n, -1)).toBe(21)
  })
})

test('random bytes: at most 65536, inside of memory', () => {
  inGuest((call, guest) => {
    expect(call('random_get', 100, 3)).toBe(0)
    expect(guest.bytes.subarray(98, 105).toString('hex')).toBe('aaaa070707aaaa')
    expect(call('random_get', 0, 65537)).toBe(28)
    expect(call('random_get', 0, -1)).toBe(28)
    expect(call('random_get', 1, 65536)).toBe(21)
  })
})

test('what a function gives back is zero beside its errno', () => {
  inGuest((call, guest) => {
    const zeroed = (): string => guest.bytes.subarray(98, 112).toString('hex')
    const before = zeroed()
    expect(call('fd_tell', 0, 100)).toBe(8)
    expect(zeroed()).toBe(before)
    expect(call('fd_tell', 1, 100)).toBe(0)
    expect(zeroed()).toBe('aaaa0000000000000000aaaaaaaa')
    guest.bytes.fill(0xaa)
    expect(call('sock_recv', 0, 0, 0, 0, 100, 106)).toBe(58)
    expect(zeroed()).toBe('aaaa00000000aaaa0000aaaaaaaa')
    guest.bytes.fill(0xaa)
    expect(call('fd_readdir', 0, 0, 0, 0n, 100)).toBe(20)
    expect(zeroed()).toBe('aaaa00000000aaaaaaaaaaaaaaaa')
    expect(call('fd_readdir', 0, 0, 0, 0n, -1)).toBe(21)
    expect(call('sock_recv', 0, 0, 0, 0, 100, -1)).toBe(21)
    expect(call('fd_tell', 2, 65530)).toBe(21)
    expect(call('fd_fdstat_get', 1, -1)).toBe(0)
    expect(call('random_get', -1, 0)).toBe(0)
    expect(call('clock_res_get', 2, 100)).toBe(58)
  })
})

test.each([
  [
    Phase.Start,
    ['proc_exit', 'fd_read', 'fd_seek', 'fd_close', 'path_open', 'sched_yield'],
    ['fd_write', 'random_get', 'environ_get'],
  ],
  [Phase.Malloc, ['random_get', 'environ_get', 'fd_close', 'proc_exit'], ['fd_write', 'clock_time_get', 'poll_oneoff']],
  [Phase.StartSection, ['fd_write', 'clock_time_get'], []],
] as const)('phase %i refuses %j and allows %j', (phase, refused, allowed) => {
  inRequestHeaders((_guest, setup) => {
    const vm = setup.plugin.root.vm
    vm.phase = phase
    for (const name of refused) expect(() => withZeros(vm, name)).toThrow(/restricted_callback/)
    for (const name of allowed) expect(() => withZeros(vm, name)).not.toThrow()
    vm.phase = Phase.Running
    vm.failed = false
  })
})

test('a capability that is not listed is 76', () => {
  inGuest((call) => expect(call('fd_write', 1, 0, 0, 16)).toBe(76), {
    allowedCapabilities: new Set(['proxy_on_request_headers']),
  })
})
