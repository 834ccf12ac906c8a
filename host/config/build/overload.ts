/** The overload manager, with Envoy's defaults. */
import { utf8ByteString } from '../../util/bytes.ts'
import { unpackAs } from '../any.ts'
import { millisecondsOr } from '../duration.ts'
import type { OverloadAction, OverloadManager, ResourceMonitor, Trigger } from '../gen/envoy/config/overload/v3/overload_pb.ts'
import { DownstreamConnectionsConfigSchema } from '../gen/envoy/extensions/resource_monitors/downstream_connections/v3/downstream_connections_pb.ts'
import { FixedHeapConfigSchema } from '../gen/envoy/extensions/resource_monitors/fixed_heap/v3/fixed_heap_pb.ts'
import { InjectedResourceConfigSchema } from '../gen/envoy/extensions/resource_monitors/injected_resource/v3/injected_resource_pb.ts'
import type { OverloadActionConfig, OverloadConfig, OverloadMonitorConfig } from '../types.ts'

const DEFAULT_REFRESH_INTERVAL = 1000

/** A checked overload manager. */
export function buildOverload(manager: OverloadManager | undefined): OverloadConfig {
  return {
    refreshInterval: millisecondsOr(manager?.refreshInterval, DEFAULT_REFRESH_INTERVAL),
    monitors: manager?.resourceMonitors.map(buildMonitor) ?? [],
    actions: manager?.actions.map(buildAction) ?? [],
  }
}

function buildMonitor({ name: text, configType }: ResourceMonitor): OverloadMonitorConfig {
  const name = utf8ByteString(text)
  const heap = unpackAs(configType.value, FixedHeapConfigSchema)
  if (heap !== null) return { name, kind: 'fixed_heap', maxBytes: Number(heap.maxHeapSizeBytes) }
  const connections = unpackAs(configType.value, DownstreamConnectionsConfigSchema)
  if (connections !== null)
    return { name, kind: 'downstream_connections', most: Number(connections.maxActiveDownstreamConnections) }
  return { name, kind: 'injected_resource', file: unpackAs(configType.value, InjectedResourceConfigSchema)?.filename ?? '' }
}

function buildAction({ name, triggers }: OverloadAction): OverloadActionConfig {
  // The check lets no other name pass.
  return { name: name as OverloadActionConfig['name'], triggers: triggers.map(buildTrigger) }
}

function buildTrigger({ name, triggerOneof }: Trigger): OverloadActionConfig['triggers'][number] {
  const from = triggerOneof.case === 'scaled' ? triggerOneof.value.saturationThreshold : (triggerOneof.value?.value ?? 1)
  return { monitor: utf8ByteString(name), from }
}
