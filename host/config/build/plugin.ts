/** Plugins: their modules are read here; loading them is the work of the plugin floor. */
import { createHash } from 'node:crypto'
import { BytesValueSchema, StringValueSchema } from '@bufbuild/protobuf/wkt'
import type { Any } from '@bufbuild/protobuf/wkt'
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import { ISTIO_ENVIRONMENT, RUNTIMES } from '../check/wasm.ts'
import { toMilliseconds } from '../duration.ts'
import type { ConfigPath } from '../path.ts'
import type { AsyncDataSource } from '../gen/envoy/config/core/v3/base_pb.ts'
import { FailurePolicy } from '../gen/envoy/extensions/wasm/v3/wasm_pb.ts'
import type { EnvironmentVariables, PluginConfig as PluginMessage, VmConfig } from '../gen/envoy/extensions/wasm/v3/wasm_pb.ts'
import type { MetadataConfig, PluginConfig } from '../types.ts'
import type { BuildContext } from './context.ts'

/** Envoy's `reload_config` default. */
const DEFAULT_RELOAD_BACKOFF = 1000

/** For the host, not for the module. */
const ISTIO_NAMES: ReadonlySet<string> = new Set(Object.values(ISTIO_ENVIRONMENT))

/** The listener around a plugin: part of what tells plugins apart. */
export interface PluginScope {
  readonly direction: number
  readonly metadata: MetadataConfig
}

export function buildPlugin(plugin: PluginMessage, scope: PluginScope, path: ConfigPath, context: BuildContext): PluginConfig {
  const vm = plugin.vm.value
  const source = vm?.code
  const runtime = context.engine ?? RUNTIMES.get(vm?.runtime ?? '') ?? ''
  const code = context.code(source, isAlwaysPulled(vm), [...path, 'vm_config', 'code'])
  const vmConfiguration = configurationBytes(vm?.configuration)
  const configuration = configurationBytes(plugin.configuration)
  const backoff = plugin.reloadConfig?.backoff?.baseInterval
  const capabilities = Object.keys(plugin.capabilityRestrictionConfig?.allowedCapabilities ?? {})
  return {
    name: utf8ByteString(plugin.name),
    rootId: utf8ByteString(plugin.rootId),
    vmId: utf8ByteString(vm?.vmId ?? ''),
    runtime,
    code,
    codeSource: nameOf(source),
    sourceMap: sourceMapOf(source, context),
    vmConfiguration,
    configuration,
    failurePolicy: failurePolicyOf(plugin),
    reloadBackoff: backoff === undefined ? DEFAULT_RELOAD_BACKOFF : toMilliseconds(backoff),
    allowOnHeadersStopIteration: plugin.allowOnHeadersStopIteration ?? false,
    allowedCapabilities: capabilities.length === 0 ? null : new Set(capabilities),
    environment: buildEnvironment(vm?.environmentVariables, context),
    pluginKey: hash([plugin.rootId, configuration, plugin.name, String(scope.direction), scope.metadata.message]),
    vmKey: hash([vm?.vmId ?? '', vmConfiguration, code, runtime]),
  }
}

function nameOf(source: AsyncDataSource | undefined): string {
  if (source?.specifier.case === 'remote') return source.specifier.value.httpUri?.uri ?? ''
  const { specifier } = source?.specifier.case === 'local' ? source.specifier.value : {}
  if (specifier?.case === 'filename') return specifier.value
  return specifier?.case === 'environmentVariable' ? `$${specifier.value}` : 'inline'
}

/** Compilers write it beside the module. */
function sourceMapOf(source: AsyncDataSource | undefined, context: BuildContext): Uint8Array | null {
  const { specifier } = source?.specifier.case === 'local' ? source.specifier.value : {}
  return specifier?.case === 'filename' ? context.optionalFile(`${specifier.value}.map`) : null
}

/** Istio's control plane has no better place for the pull policy of a WasmPlugin than the module's environment. */
function isAlwaysPulled(vm: VmConfig | undefined): boolean {
  return vm?.environmentVariables?.keyValues[ISTIO_ENVIRONMENT.pullPolicy] === 'Always'
}

/** A StringValue and a BytesValue give their bytes, anything else its wire form (source/common/protobuf/utility.cc, `anyToBytes`). */
function configurationBytes(any: Any | undefined): Uint8Array {
  const text = unpackAs(any, StringValueSchema)
  if (text !== null) return Buffer.from(text.value)
  const bytes = unpackAs(any, BytesValueSchema)
  if (bytes !== null) return bytes.value
  return any?.value ?? new Uint8Array(0)
}

function failurePolicyOf(plugin: PluginMessage): PluginConfig['failurePolicy'] {
  if (plugin.failOpen || plugin.failurePolicy === FailurePolicy.FAIL_OPEN) return 'FAIL_OPEN'
  return plugin.failurePolicy === FailurePolicy.FAIL_RELOAD ? 'FAIL_RELOAD' : 'FAIL_CLOSED'
}

function buildEnvironment(variables: EnvironmentVariables | undefined, context: BuildContext): ReadonlyMap<string, string> {
  const environment = new Map<string, string>()
  for (const name of variables?.hostEnvKeys ?? []) {
    const value = context.environment[name]
    if (value !== undefined) environment.set(name, value)
  }
  const fixed = Object.entries(variables?.keyValues ?? {})
  for (const [name, value] of fixed) if (!ISTIO_NAMES.has(name)) environment.set(name, value)
  return environment
}

/** sha256 in hex over parts, each with its length, so that no two lists of parts look alike. */
function hash(parts: readonly (string | Uint8Array)[]): string {
  const sum = createHash('sha256')
  for (const part of parts) sum.update(`${Buffer.byteLength(part)}:`).update(part)
  return sum.digest('hex')
}
