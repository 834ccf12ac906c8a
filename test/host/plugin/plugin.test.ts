import { describe, expect, test } from 'vitest'
import { VmRegistry } from '../../../host/plugin/vm-registry.ts'
import { fakeServices, FakeStream, pluginConfig } from './fakes.ts'
import { ScriptedEngine, trap, type Script } from './scripted-engine.ts'
import { setUp, type Setup } from './setup.ts'

/** Traps in the headers of a request with 13 fields. */
const TRAPS_AT_13: Script = { proxy_on_request_headers: (_guest, _id, count) => (count === 13 ? trap() : 0) }

function failVm(setup: Setup): void {
  expect(setup.open().context.onRequestHeaders(13, true)).toBe(-1)
}

describe('after a trap', () => {
  test.each([
    ['FAIL_CLOSED', 'fail'],
    ['FAIL_OPEN', 'bypass'],
    ['FAIL_RELOAD', 'fail'],
  ] as const)('%s answers a new stream with %s', (failurePolicy, answer) => {
    const setup = setUp(TRAPS_AT_13, { failurePolicy })
    failVm(setup)
    expect(setup.plugin.openStream(new FakeStream())).toBe(answer)
  })

  test('FAIL_RELOAD makes a new VM when the jittered back-off since the last load is over', () => {
    const setup = setUp(TRAPS_AT_13, { failurePolicy: 'FAIL_RELOAD', reloadBackoff: 3000 })
    const { plugin, services, counts, engine } = setup
    services.time.advance(1000)
    failVm(setup)
    services.time.advance(2749)
    expect(plugin.openStream(new FakeStream())).toBe('fail')
    services.time.advance(1)
    expect(setup.open().context.onRequestHeaders(1, true)).toBe(0)
    expect(engine.guests.length).toBe(2)
    expect(counts.get('wasm.test.vm_reload_backoff')).toBe(1)
    expect(counts.get('wasm.test.vm_reload_success')).toBe(1)
    failVm(setup)
    expect(plugin.openStream(new FakeStream())).toBe('fail')
    services.time.advance(4500)
    expect(setup.open().context.onRequestHeaders(1, true)).toBe(0)
  })

  test('FAIL_RELOAD waits for the back-off again after a reload that failed', () => {
    let starts = 0
    const setup = setUp({ ...TRAPS_AT_13, proxy_on_configure: () => (++starts === 2 ? 0 : 1) }, { failurePolicy: 'FAIL_RELOAD' })
    const { plugin, services, counts } = setup
    failVm(setup)
    services.time.advance(1500)
    expect(plugin.openStream(new FakeStream())).toBe('fail')
    expect(counts.get('wasm.test.vm_reload_failure')).toBe(1)
    expect(plugin.openStream(new FakeStream())).toBe('fail')
    expect(counts.get('wasm.test.vm_reload_failure')).toBe(1)
    services.time.advance(1500)
    expect(setup.open().context.onRequestHeaders(1, true)).toBe(0)
    expect(starts).toBe(3)
  })

  test('hits every plugin of the VM; with FAIL_RELOAD each comes back with its own next stream', () => {
    const setup = setUp(TRAPS_AT_13, { failurePolicy: 'FAIL_RELOAD' })
    const { registry, services, engine } = setup
    const other = registry.start(pluginConfig(new Uint8Array(0), { name: 'other', failurePolicy: 'FAIL_RELOAD' }))
    expect(engine.guests.length).toBe(1)
    failVm(setup)
    expect(other.openStream(new FakeStream())).toBe('fail')
    services.time.advance(5000)
    expect(typeof setup.plugin.openStream(new FakeStream())).toBe('object')
    services.time.advance(5000)
    expect(typeof other.openStream(new FakeStream())).toBe('object')
    expect(engine.guests.length).toBe(2)
    expect(other.root.vm).toBe(setup.plugin.root.vm)
  })
})

describe('VmRegistry', () => {
  test('shares a VM by its key and keeps several roots in it', () => {
    const { plugin, registry, engine, counts } = setUp({})
    const beside = registry.start(pluginConfig(new Uint8Array(0), { configuration: Buffer.from('new') }))
    const apart = registry.start(pluginConfig(new Uint8Array(0), { vmKey: 'other' }))
    expect([plugin.root.id, beside.root.id, apart.root.id]).toEqual([1, 2, 1])
    expect(beside.root.vm).toBe(plugin.root.vm)
    expect(engine.guests.length).toBe(2)
    expect(counts.get('wasm.envoy.wasm.runtime.scripted.created')).toBe(2)
    expect(counts.get('wasm.envoy.wasm.runtime.scripted.active')).toBe(2)
  })

  test('drops a VM with its last plugin, and stop is harmless when repeated', () => {
    const { plugin, registry, engine, counts } = setUp({})
    const beside = registry.start(pluginConfig(new Uint8Array(0)))
    plugin.stop()
    plugin.stop()
    expect(counts.get('wasm.envoy.wasm.runtime.scripted.active')).toBe(1)
    beside.stop()
    expect(counts.get('wasm.envoy.wasm.runtime.scripted.active')).toBe(0)
    registry.start(pluginConfig(new Uint8Array(0)))
    expect(engine.guests.length).toBe(2)
  })

  test('holds the vm_id of each plugin from before its start to after its end, through reloads', () => {
    const events: string[] = []
    const vmIds = {
      hold: (vmId: string) => void events.push(`hold ${vmId}`),
      release: (vmId: string) => void events.push(`release ${vmId}`),
    }
    const script: Script = {
      proxy_on_configure: () => (events.push('configure'), 1),
      proxy_on_request_headers: () => trap(),
      proxy_on_done: () => (events.push('done'), 1),
    }
    const registry = new VmRegistry({ services: fakeServices(), engine: new ScriptedEngine(script), vmIds })
    const plugin = registry.start(pluginConfig(new Uint8Array(0), { failurePolicy: 'FAIL_RELOAD', reloadBackoff: 0 }))
    const open = (): void => {
      const context = plugin.openStream(new FakeStream([]))
      if (typeof context !== 'string') context.onRequestHeaders(0, true)
    }
    open()
    open()
    plugin.stop()
    plugin.stop()
    expect(events).toEqual(['hold vm', 'configure', 'configure', 'release vm'])
    const refused = new VmRegistry({
      services: fakeServices(),
      engine: new ScriptedEngine({ proxy_on_configure: () => 0 }),
      vmIds,
    })
    expect(() => refused.start(pluginConfig(new Uint8Array(0), { vmId: 'other' }))).toThrow('Failed to configure')
    expect(events.slice(4)).toEqual(['hold other', 'release other'])
  })

  test('takes one use of a plugin off a root that two uses share', () => {
    const notes: number[] = []
    const { registry, plugin } = setUp({ proxy_on_delete: (_guest, id) => void notes.push(id) })
    const again = registry.start(plugin.config)
    expect(again).toBe(plugin)
    plugin.stop()
    expect(notes).toEqual([])
    again.stop()
    expect(notes).toEqual([1])
  })

  test('refuses a plugin whose start fails, under every policy, and leaves nothing behind', () => {
    let starts = 0
    const { registry, plugin, counts } = setUp({ proxy_on_vm_start: () => (++starts === 1 ? 1 : 0) })
    for (const failurePolicy of ['FAIL_OPEN', 'FAIL_CLOSED', 'FAIL_RELOAD'] as const) {
      const config = pluginConfig(new Uint8Array(0), { vmKey: 'own', failurePolicy })
      expect(() => registry.start(config)).toThrow(/Failed to start base Wasm/)
    }
    expect(counts.get('wasm.envoy.wasm.runtime.scripted.active')).toBe(1)
    expect(() => registry.start(pluginConfig(new Uint8Array(0)))).toThrow(/Failed to start base Wasm/)
    expect(plugin.root.vm.contexts.size).toBe(1)
  })
})
