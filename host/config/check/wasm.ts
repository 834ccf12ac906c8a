/** Rules of a plugin. Whether its module can be read and run is found out when the configuration is built and loaded. */
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import { judgeRemoteCode } from './remote-code.ts'
import { ENGINE_NAMES } from '../../vm/engines.ts'
import { FailurePolicy } from '../gen/envoy/extensions/wasm/v3/wasm_pb.ts'
import type { EnvironmentVariables, PluginConfig, VmConfig } from '../gen/envoy/extensions/wasm/v3/wasm_pb.ts'

/** `vm_config.runtime` and the engine that it means; empty = the host's choice. */
export const RUNTIMES: ReadonlyMap<string, string> = new Map([
  ['', ''],
  ...ENGINE_NAMES.map((name) => [`envoy.wasm.runtime.${name}`, name] as const),
])

/** Variables of a module that Istio's control plane means for who loads it (pkg/model/wasm.go); the module never sees them. */
export const ISTIO_ENVIRONMENT = {
  pullSecret: 'ISTIO_META_WASM_IMAGE_PULL_SECRET',
  pullPolicy: 'ISTIO_META_WASM_IMAGE_PULL_POLICY',
  resourceVersion: 'ISTIO_META_WASM_PLUGIN_RESOURCE_VERSION',
} as const

/** Adds what is wrong with a plugin; Envoy's texts where it has one. */
export function judgePlugin(
  plugin: PluginConfig | undefined,
  path: ConfigPath,
  clusters: ReadonlySet<string> | null,
  faults: Fault[],
): void {
  const vm = plugin?.vm.value
  if (plugin === undefined || vm === undefined) {
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Plugin without VM', path, wanted: 'vm_config' })
    return
  }
  if (plugin.failOpen && plugin.failurePolicy !== FailurePolicy.UNSPECIFIED) {
    const message = 'Only one of fail_open or failure_policy can be set'
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message, path: [...path, 'fail_open'] })
  }
  judgeVm(vm, [...path, 'vm_config'], clusters, faults)
}

function judgeVm(vm: VmConfig, path: ConfigPath, clusters: ReadonlySet<string> | null, faults: Fault[]): void {
  if (vm.code === undefined) {
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'VM without module', path, wanted: 'code.local or code.remote' })
  }
  if (vm.code?.specifier.case === 'remote')
    judgeRemoteCode(vm.code.specifier.value, [...path, 'code', 'remote'], clusters, faults)
  if (!RUNTIMES.has(vm.runtime)) {
    const wanted = `one of ${[...RUNTIMES.keys()].filter((name) => name !== '').join(', ')}`
    const at = [...path, 'runtime']
    faults.push({
      code: 'SLUICE_CONFIG_INVALID',
      message: 'Unknown or unsupported runtime',
      path: at,
      seen: show(vm.runtime),
      wanted,
    })
  }
  if (vm.environmentVariables !== undefined) judgeEnvironment(vm.environmentVariables, [...path, 'environment_variables'], faults)
}

/** A variable is either copied or fixed. */
function judgeEnvironment(environment: EnvironmentVariables, path: ConfigPath, faults: Fault[]): void {
  const names = new Set(Object.keys(environment.keyValues))
  if (names.has(ISTIO_ENVIRONMENT.pullSecret)) faults.push(secretInConfiguration([...path, 'key_values']))
  for (const [index, name] of environment.hostEnvKeys.entries()) {
    if (!names.has(name)) {
      names.add(name)
      continue
    }
    const at = [...path, 'host_env_keys', index]
    faults.push({ code: 'SLUICE_CONFIG_DUPLICATE', message: 'Duplicate environment variable', path: at, seen: show(name) })
  }
}

/** `/config_dump` would show it, and the module could read it. */
function secretInConfiguration(path: ConfigPath): Fault {
  const next = 'see docs/REGISTRIES.md, credentials'
  const seen = ISTIO_ENVIRONMENT.pullSecret
  return { code: 'SLUICE_CONFIG_INVALID', message: 'Credentials do not belong into a configuration', path, seen, next }
}
