/** Rules of the overload manager beyond single fields. */
import type { OverloadAction, OverloadManager, Trigger } from '../gen/envoy/config/overload/v3/overload_pb.ts'
import { show } from '../fault.ts'
import type { Fault } from '../fault.ts'
import type { ConfigPath } from '../path.ts'
import type { OverloadActionConfig } from '../types.ts'
import { checkUnique } from './unique.ts'

const ACTIONS: Readonly<Record<OverloadActionConfig['name'], true>> = {
  'envoy.overload_actions.stop_accepting_requests': true,
  'envoy.overload_actions.disable_http_keepalive': true,
  'envoy.overload_actions.reject_incoming_connections': true,
}

/** Adds what is wrong. */
export function judgeOverload({ resourceMonitors, actions }: OverloadManager, path: ConfigPath, faults: Fault[]): void {
  const monitors = resourceMonitors.map(({ name }) => name)
  checkUnique('resource monitor', monitors, [...path, 'resource_monitors'], ['name'], faults)
  const names = actions.map(({ name }) => name)
  checkUnique('overload action', names, [...path, 'actions'], ['name'], faults)
  for (const [index, action] of actions.entries()) judgeAction(action, new Set(monitors), [...path, 'actions', index], faults)
}

function judgeAction({ name, triggers }: OverloadAction, monitors: ReadonlySet<string>, path: ConfigPath, faults: Fault[]): void {
  if (!Object.hasOwn(ACTIONS, name)) {
    const wanted = Object.keys(ACTIONS).join(', ')
    const at = [...path, 'name']
    faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'Unknown overload action', path: at, seen: show(name), wanted })
  }
  for (const [index, trigger] of triggers.entries()) judgeTrigger(trigger, monitors, [...path, 'triggers', index], faults)
}

function judgeTrigger({ name, triggerOneof }: Trigger, monitors: ReadonlySet<string>, path: ConfigPath, faults: Fault[]): void {
  if (!monitors.has(name)) {
    const wanted = 'the name of a resource monitor'
    const at = [...path, 'name']
    faults.push({ code: 'SLUICE_CONFIG_REFERENCE', message: 'Unknown resource monitor', path: at, seen: show(name), wanted })
  }
  if (triggerOneof.case !== 'scaled') return
  const { scalingThreshold, saturationThreshold } = triggerOneof.value
  if (scalingThreshold < saturationThreshold) return
  const at = [...path, 'scaled', 'scaling_threshold']
  const wanted = `less than saturation_threshold, ${saturationThreshold}`
  faults.push({ code: 'SLUICE_CONFIG_INVALID', message: 'No slope', path: at, seen: String(scalingThreshold), wanted })
}
