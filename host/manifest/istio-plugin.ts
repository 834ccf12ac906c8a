/** What WasmPlugin, TrafficExtension and Higress's WasmPlugin have in common (istio.io/api, extensions/v1alpha1). */
import type { Failure, FilterDeployment, ModuleSource } from './deployment.ts'
import { given, hexOf, targetRef, unsupported, type TargetKind } from './surface.ts'

export const ISTIO_TARGETS: Readonly<Record<string, TargetKind>> = {
  gateway: { group: 'gateway.networking.k8s.io', kind: 'Gateway' },
  gatewayclass: { group: 'gateway.networking.k8s.io', kind: 'GatewayClass' },
  service: { group: '', kind: 'Service' },
  serviceentry: { group: 'networking.istio.io', kind: 'ServiceEntry' },
}

const FAIL_STRATEGY: Readonly<Record<Failure, string>> = { closed: 'FAIL_CLOSE', open: 'FAIL_OPEN', reload: 'FAIL_RELOAD' }

/** Who and when: `selector` or `targetRefs`, `phase`, `priority`, `match`. */
export function placement(deployment: FilterDeployment): object {
  const { selector, targets, phase, priority } = deployment
  return {
    ...given('selector', selector && { matchLabels: selector }),
    ...given(
      'targetRefs',
      targets?.map((target) => targetRef(target, ISTIO_TARGETS)),
    ),
    ...given('phase', phase),
    ...given('priority', priority),
    ...trafficMatch(deployment),
  }
}

/** A gateway has one side only: there is nothing to tell apart. */
function trafficMatch({ mode, ports }: FilterDeployment): object {
  const side = mode === undefined || mode === 'gateway' ? undefined : mode.toUpperCase()
  if (side === undefined && ports === undefined) return {}
  return {
    match: [
      {
        ...given('mode', side),
        ...given(
          'ports',
          ports?.map((number) => ({ number })),
        ),
      },
    ],
  }
}

/** The module and how it is fetched. The tag stays beside the pin, for people. */
export function moduleFields(source: ModuleSource): object {
  if (source.kind === 'file') return { url: `file://${source.path}` }
  if (source.kind === 'http') return { url: source.url, sha256: source.sha256 }
  return { url: `oci://${source.reference}`, ...given('sha256', source.digest && hexOf(source.digest)) }
}

/** The plugin itself; its configuration must be an object, as it travels as a protobuf Struct. */
export function pluginFields(surface: string, deployment: FilterDeployment, configField = 'pluginConfig'): object {
  const { module, rootId, config, failure, env, pullSecret } = deployment
  return {
    ...moduleFields(module),
    ...given('imagePullSecret', pullSecret),
    pluginName: rootId,
    ...given(configField, config === undefined ? undefined : objectConfig(surface, config)),
    ...given('failStrategy', failure && FAIL_STRATEGY[failure]),
    ...given('vmConfig', env && { env: env.map(({ name, value }) => envEntry(name, value)) }),
  }
}

export function objectConfig(surface: string, config: unknown): object {
  if (typeof config === 'object' && config !== null && !Array.isArray(config)) return config
  const seen = Array.isArray(config) ? 'a list' : `a ${config === null ? 'null' : typeof config}`
  throw unsupported(surface, 'config', seen, 'a JSON object', 'istio-envoyfilter takes any configuration')
}

function envEntry(name: string, value: string | null): object {
  return value === null ? { name, valueFrom: 'HOST' } : { name, valueFrom: 'INLINE', value }
}
