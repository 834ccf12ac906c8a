/** Objects of a Kubernetes API. */
import { given } from './surface.ts'

export interface KubernetesObject {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly spec: object
}

export function kubernetesObject(
  apiVersion: string,
  kind: string,
  { name, namespace }: { readonly name: string; readonly namespace?: string },
  spec: object,
): KubernetesObject {
  return { apiVersion, kind, metadata: { name, ...given('namespace', namespace) }, spec }
}
