/** A filter's deployment as YAML, for the product that a surface belongs to. */
import { Document } from 'yaml'
import { SluiceError } from '../errors.ts'
import type { DeploymentField, FilterDeployment, TargetRef } from './deployment.ts'
import { ENVOY } from './envoy.ts'
import { ENVOY_ECDS } from './envoy-ecds.ts'
import { ENVOY_GATEWAY } from './envoy-gateway.ts'
import { GLOO } from './gloo.ts'
import { HIGRESS } from './higress.ts'
import { ISTIO_ENVOY_FILTER } from './istio-envoyfilter.ts'
import { ISTIO_TRAFFIC_EXTENSION } from './istio-trafficextension.ts'
import { ISTIO_WASM_PLUGIN } from './istio-wasmplugin.ts'
import { K8S_IMAGE_VOLUME } from './k8s-image-volume.ts'
import { KONG } from './kong.ts'
import { unsupported, type Surface } from './surface.ts'

/** All of them, in the order of the documentation. */
export const SURFACES: readonly Surface[] = [
  ISTIO_WASM_PLUGIN,
  ISTIO_TRAFFIC_EXTENSION,
  ISTIO_ENVOY_FILTER,
  ENVOY,
  ENVOY_ECDS,
  ENVOY_GATEWAY,
  HIGRESS,
  KONG,
  GLOO,
  K8S_IMAGE_VOLUME,
]

const FIELDS: Readonly<Record<DeploymentField, true>> = {
  namespace: true,
  phase: true,
  priority: true,
  failure: true,
  selector: true,
  targets: true,
  mode: true,
  ports: true,
  vmId: true,
  env: true,
  pullSecret: true,
  upstream: true,
  listenPort: true,
}

/** RFC 1123 subdomain, as names of Kubernetes objects are. */
const OBJECT_NAME = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const MAX_NAME = 253

/** YAML documents; throws SLUICE_MANIFEST_FIELD for what the surface cannot say: nothing is left out in silence. */
export function renderManifest(surface: Surface, deployment: FilterDeployment): string {
  checkName(deployment)
  checkFields(surface, deployment)
  const documents = surface.documents(deployment).map(({ comment, value }) => {
    const document = new Document(value, { aliasDuplicateObjects: false })
    if (comment !== undefined) document.commentBefore = comment
    return document.toString({ lineWidth: 0 })
  })
  return documents.join('---\n')
}

function checkName({ name }: FilterDeployment): void {
  if (OBJECT_NAME.test(name) && name.length <= MAX_NAME) return
  const wanted = `at most ${MAX_NAME} lower-case letters, digits, '-' and '.'`
  throw new SluiceError('SLUICE_MANIFEST_FIELD', 'Not a name for the filter', { path: 'name', seen: name, wanted })
}

function checkFields(surface: Surface, deployment: FilterDeployment): void {
  for (const field of Object.keys(FIELDS) as DeploymentField[]) {
    if (deployment[field] === undefined || surface.takes.includes(field)) continue
    throw unsupported(surface.name, field, JSON.stringify(deployment[field]), `only ${surface.takes.join(', ')}`)
  }
  if (!surface.modules.includes(deployment.module.kind)) throw wrongModule(surface, deployment)
  if (deployment.selector !== undefined && deployment.targets !== undefined && surface.targetKinds['deployment'] === undefined)
    throw unsupported(surface.name, 'selector', 'a selector and targets', 'one of them')
  for (const target of deployment.targets ?? []) checkTarget(surface, target)
}

function wrongModule(surface: Surface, { module }: FilterDeployment): SluiceError {
  const wanted = surface.modules.map((kind) => WANTED_MODULE[kind]).join(' or ')
  const next = module.kind === 'image' ? 'sluice pull writes the module of an image to a file' : undefined
  return unsupported(surface.name, 'module', WANTED_MODULE[module.kind], wanted, next)
}

const WANTED_MODULE = { image: '--image', http: '--url', file: '--file' } as const

function checkTarget({ name, targetKinds }: Surface, target: TargetRef): void {
  if (targetKinds[target.kind] !== undefined) return
  throw unsupported(name, 'targets', `${target.kind}/${target.name}`, Object.keys(targetKinds).join(', '))
}
