/** What the data plane gets of a plugin. */
import { describe, expect, it } from 'vitest'
import { LISTENER } from '../sample.ts'
import { build, typed } from './parts.ts'

describe('buildPlugin', () => {
  const vm = { code: { local: { filename: 'f.wasm' } } }

  it('fills in the defaults of Envoy', () => {
    const { pluginKey, vmKey, ...plugin } = build({ vm_config: vm })
    expect([pluginKey.length, vmKey.length]).toEqual([64, 64])
    expect(plugin).toEqual({
      name: '',
      rootId: '',
      vmId: '',
      runtime: '',
      code: Uint8Array.of(1, 2, 3),
      codeSource: 'f.wasm',
      sourceMap: null,
      vmConfiguration: new Uint8Array(0),
      configuration: new Uint8Array(0),
      failurePolicy: 'FAIL_CLOSED',
      reloadBackoff: 1000,
      allowOnHeadersStopIteration: false,
      allowedCapabilities: null,
      environment: new Map(),
    })
  })

  it('takes every field', () => {
    const plugin = build({
      name: 'p',
      root_id: 'r',
      vm_config: {
        vm_id: 'v',
        runtime: 'envoy.wasm.runtime.v8',
        code: { local: { inline_bytes: 'AAE=' } },
        configuration: typed('StringValue', 'vm'),
        environment_variables: { host_env_keys: ['SET', 'NOT_SET'], key_values: { A: 'b' } },
        allow_precompiled: true,
        nack_on_code_cache_miss: true,
      },
      configuration: typed('BytesValue', 'AAE='),
      failure_policy: 'FAIL_RELOAD',
      reload_config: { backoff: { base_interval: '3s' } },
      capability_restriction_config: { allowed_capabilities: { proxy_log: {} } },
      allow_on_headers_stop_iteration: true,
    })
    expect(plugin).toMatchObject({
      name: 'p',
      rootId: 'r',
      vmId: 'v',
      runtime: 'v8',
      code: Uint8Array.of(0, 1),
      codeSource: 'inline',
      configuration: Uint8Array.of(0, 1),
      failurePolicy: 'FAIL_RELOAD',
      reloadBackoff: 3000,
      allowOnHeadersStopIteration: true,
      allowedCapabilities: new Set(['proxy_log']),
      environment: new Map([
        ['SET', 'value'],
        ['A', 'b'],
      ]),
    })
    expect(Buffer.from(plugin.vmConfiguration).toString()).toBe('vm')
  })

  it('gives a Struct to the plugin in binary form', () => {
    const { configuration } = build({ vm_config: vm, configuration: typed('Struct', { a: 'x' }) })
    expect(Buffer.from(configuration).toString('hex')).toBe('0a080a016112031a0178')
  })

  it('takes fail_open for FAIL_OPEN', () => {
    expect(build({ vm_config: vm, fail_open: true }).failurePolicy).toBe('FAIL_OPEN')
  })

  it.each<[string, object, object, boolean, boolean]>([
    ['root_id', { root_id: 'a', vm_config: vm }, { root_id: 'b', vm_config: vm }, false, true],
    ['name', { name: 'a', vm_config: vm }, { name: 'b', vm_config: vm }, false, true],
    ['configuration', { vm_config: vm }, { vm_config: vm, configuration: typed('StringValue', 'x') }, false, true],
    ['vm_id', { vm_config: vm }, { vm_config: { ...vm, vm_id: 'x' } }, true, false],
    ['code', { vm_config: vm }, { vm_config: { code: { local: { inline_string: 'x' } } } }, true, false],
    ['failure_policy', { vm_config: vm }, { vm_config: vm, failure_policy: 'FAIL_OPEN' }, false, false],
  ])('another %s: another VM or plugin as in Envoy', (_, one, other, isOtherVm, isOtherPlugin) => {
    const [a, b] = [build(one), build(other)]
    expect([a.vmKey !== b.vmKey, a.pluginKey !== b.pluginKey]).toEqual([isOtherVm, isOtherPlugin])
  })

  it('of another listener direction is another plugin in the same VM', () => {
    const [a, b] = [build({ vm_config: vm }), build({ vm_config: vm }, { [`${LISTENER}.traffic_direction`]: 'INBOUND' })]
    expect([a.vmKey === b.vmKey, a.pluginKey === b.pluginKey]).toEqual([true, false])
  })
})
