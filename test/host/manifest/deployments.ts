/** Deployments that say as much as each surface takes. */
import type { FilterDeployment } from '../../../host/manifest/deployment.ts'

export const DIGEST = `sha256:${'0123456789abcdef'.repeat(4)}`
export const CONFIG = { limits: [{ name: 'all', token_bucket: { max_tokens: 2, fill_interval: '60s' } }] }

export const IMAGE: FilterDeployment = {
  name: 'ratelimit',
  rootId: 'ratelimit',
  module: { kind: 'image', reference: 'registry.example.com/filters/ratelimit:1.4.0', digest: DIGEST },
  config: CONFIG,
}
export const FILE: FilterDeployment = { ...IMAGE, module: { kind: 'file', path: 'filters/dist/ratelimit.wasm' } }
export const WEB: FilterDeployment = {
  ...IMAGE,
  module: { kind: 'http', url: 'https://example.com/ratelimit.wasm', sha256: DIGEST.slice('sha256:'.length) },
}

const ISTIO: FilterDeployment = {
  ...IMAGE,
  namespace: 'shop',
  phase: 'AUTHZ',
  priority: 20,
  failure: 'reload',
  selector: { app: 'cart' },
  mode: 'server',
  ports: [8080, 9090],
  env: [
    { name: 'REGION', value: 'eu' },
    { name: 'HOME', value: null },
  ],
  pullSecret: 'registry',
}

/** By surface. */
export const FULL: Readonly<Record<string, FilterDeployment>> = {
  'istio-wasmplugin': ISTIO,
  'istio-trafficextension': ISTIO,
  'istio-envoyfilter': {
    ...IMAGE,
    namespace: 'shop',
    priority: -5,
    failure: 'open',
    selector: { app: 'cart' },
    mode: 'gateway',
    ports: [8080, 9090],
    vmId: 'shared',
    env: ISTIO.env!,
  },
  envoy: { ...FILE, failure: 'reload', vmId: 'shared', env: ISTIO.env!, upstream: 'reviews:9080', listenPort: 8000 },
  'envoy-ecds': { ...FILE, failure: 'closed', vmId: 'shared', env: ISTIO.env!, upstream: '[::1]:9080', listenPort: 8000 },
  'envoy-gateway': {
    ...IMAGE,
    namespace: 'shop',
    failure: 'open',
    targets: [{ kind: 'httproute', name: 'cart' }],
    env: [{ name: 'HOME', value: null }],
    pullSecret: 'registry',
  },
  higress: {
    ...IMAGE,
    namespace: 'gw',
    phase: 'AUTHN',
    priority: 1,
    failure: 'open',
    selector: { app: 'gw' },
    env: ISTIO.env!,
    pullSecret: 'r',
  },
  kong: { ...FILE, targets: [{ kind: 'route', name: 'cart' }] },
  gloo: { ...IMAGE, namespace: 'gloo', phase: 'AUTHZ', failure: 'open', targets: [{ kind: 'gateway', name: 'public' }] },
  'k8s-image-volume': { ...ISTIO, targets: [{ kind: 'deployment', name: 'cart' }] },
}
