/** What all surfaces have in common: nothing that was said is lost. */
import { describe, expect, test } from 'vitest'
import { parseAllDocuments } from 'yaml'
import { SluiceError } from '../../../host/errors.ts'
import type { DeploymentField, FilterDeployment } from '../../../host/manifest/deployment.ts'
import { renderManifest, SURFACES } from '../../../host/manifest/render.ts'
import { DIGEST, FILE, FULL, IMAGE } from './deployments.ts'

const surface = (name: string) => SURFACES.find((one) => one.name === name)!

/** Every text, number and boolean of the documents. */
function values(yaml: string): string[] {
  const leaves: string[] = []
  const walk = (value: unknown): void => {
    if (typeof value === 'object' && value !== null) Object.values(value).forEach(walk)
    else leaves.push(String(value))
  }
  for (const document of parseAllDocuments(yaml)) walk(document.toJS())
  return leaves
}

function fault(name: string, deployment: FilterDeployment): SluiceError {
  try {
    renderManifest(surface(name), deployment)
  } catch (error) {
    if (error instanceof SluiceError) return error
  }
  throw new Error('it was not refused')
}

describe.each(SURFACES)('$name', ({ name, takes }) => {
  const full = FULL[name]!

  test('prints documents without faults', () => {
    const documents = parseAllDocuments(renderManifest(surface(name), full))
    expect(documents.flatMap(({ errors }) => errors)).toEqual([])
  })

  test.each(takes)('says something else with %s than without', (field) => {
    // Targets stand in the place of a selector, or of nothing.
    const { [field]: value = EXTRA[field], selector, ...less } = full
    const rest = field === 'targets' || field === 'selector' || selector === undefined ? less : { ...less, selector }
    expect(renderManifest(surface(name), { ...rest, [field]: value })).not.toBe(tryRender(name, rest))
  })

  const others = Object.keys(EXTRA).filter((field) => !(takes as string[]).includes(field)) as DeploymentField[]
  test.each(others)('refuses %s, which it cannot say', (field) => {
    const { code, detail } = fault(name, { ...full, [field]: EXTRA[field] })
    expect({ code, path: detail.path }).toEqual({ code: 'SLUICE_MANIFEST_FIELD', path: field })
  })
})

const EXTRA: Required<Pick<FilterDeployment, DeploymentField>> = {
  namespace: 'shop',
  phase: 'STATS',
  priority: 3,
  failure: 'open',
  selector: { app: 'a' },
  targets: [{ kind: 'gateway', name: 'a' }],
  mode: 'client',
  ports: [1],
  vmId: 'v',
  env: [{ name: 'A', value: 'b' }],
  pullSecret: 's',
  upstream: 'a:1',
  listenPort: 1,
}

/** The text, or why there is none: a surface may need the field. */
function tryRender(name: string, deployment: FilterDeployment): string {
  try {
    return renderManifest(surface(name), deployment)
  } catch (error) {
    return String(error)
  }
}

test.each([
  ['istio-wasmplugin', 'extensions.istio.io/v1alpha1', `oci://registry.example.com/filters/ratelimit:1.4.0`],
  ['higress', 'extensions.higress.io/v1alpha1', DIGEST.slice(7)],
  ['envoy-gateway', 'gateway.envoyproxy.io/v1alpha1', DIGEST.slice(7)],
  ['gloo', 'gateway.solo.io/v1', `registry.example.com/filters/ratelimit:1.4.0@${DIGEST}`],
  ['kong', '3.0', 'ratelimit'],
])('%s names %s and %s', (name, ...wanted) => {
  expect(values(renderManifest(surface(name), FULL[name]!))).toEqual(expect.arrayContaining(wanted))
})

test('a configuration that is no object is refused where it travels as a protobuf Struct, and named as it is elsewhere', () => {
  const list = { ...IMAGE, config: [{ name: 'stats' }] }
  expect(fault('istio-wasmplugin', list).detail).toMatchObject({ path: 'config', seen: 'a list' })
  expect(values(renderManifest(surface('istio-envoyfilter'), list))).toContain('[{"name":"stats"}]')
})

test.each([
  ['envoy', IMAGE, 'module'],
  ['envoy-gateway', FILE, 'module'],
  ['istio-wasmplugin', { ...IMAGE, name: 'Not_a_name' }, 'name'],
  ['istio-envoyfilter', { ...IMAGE, module: { ...IMAGE.module, digest: null } as FilterDeployment['module'] }, 'image'],
  ['istio-wasmplugin', { ...IMAGE, selector: { a: 'b' }, targets: [{ kind: 'gateway', name: 'a' }] }, 'selector'],
  ['istio-wasmplugin', { ...IMAGE, targets: [{ kind: 'pod', name: 'a' }] }, 'targets'],
  ['envoy-gateway', { ...FULL['envoy-gateway']!, env: [{ name: 'A', value: 'b' }] }, 'env.A'],
  ['higress', { ...IMAGE, failure: 'reload' as const }, 'failure'],
])('%s refuses what it has no place for: %#', (name, deployment, path) => {
  expect(fault(name, deployment).detail.path).toBe(path)
})
