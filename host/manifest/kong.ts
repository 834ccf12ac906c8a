import type { FilterDeployment } from './deployment.ts'
import { configText } from './envoy-plugin.ts'
import { unsupported, type Surface, type TargetKind } from './surface.ts'

const TARGETS: Readonly<Record<string, TargetKind>> = {
  service: { group: '', kind: 'service' },
  route: { group: '', kind: 'route' },
}

/**
 * Kong's declarative configuration: a filter chain of one service or route. A filter's name is that of its file in
 * `wasm_filters_path`, and its configuration is a text unless `<name>.meta.json` beside it has a schema.
 */
export const KONG: Surface = {
  name: 'kong',
  description: 'Kong filter chain, for builds that still hold the Wasm module (up to 3.9)',
  takes: ['targets'],
  modules: ['file'],
  targetKinds: TARGETS,
  documents(deployment) {
    const chain = { name: deployment.name, enabled: true, ...owner(this.name, deployment), filters: [filterOf(deployment)] }
    return [{ value: { _format_version: '3.0', filter_chains: [chain] } }]
  },
}

function owner(surface: string, { targets = [] }: FilterDeployment): object {
  const [target] = targets
  if (target !== undefined && targets.length === 1) return { [target.kind]: { name: target.name } }
  throw unsupported(surface, 'targets', `${targets.length} targets`, 'exactly one: --target service/NAME or route/NAME')
}

function filterOf({ module, config }: FilterDeployment): object {
  // Other modules never come here: the surface does not list them.
  const { path } = module as { path: string }
  const name = path.slice(path.lastIndexOf('/') + 1).replace(/\.wasm$/, '')
  return { name, enabled: true, ...(config === undefined ? {} : { config: configText(config) }) }
}
