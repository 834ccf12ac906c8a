/** What a surface is: a form in which some product takes a filter. */
import { SluiceError } from '../errors.ts'
import type { DeploymentField, FilterDeployment, ModuleSource, TargetRef } from './deployment.ts'

/** One document of the output, and the words above it. */
export interface ManifestDocument {
  readonly comment?: string
  readonly value: object
}

export interface Surface {
  readonly name: string
  readonly description: string
  /** What it can say besides name, root id, module and configuration. */
  readonly takes: readonly DeploymentField[]
  readonly modules: readonly ModuleSource['kind'][]
  /** Kinds of targets, in lower case, with the API group of each. */
  readonly targetKinds: Readonly<Record<string, TargetKind>>
  documents(deployment: FilterDeployment): ManifestDocument[]
}

export interface TargetKind {
  readonly group: string
  readonly kind: string
}

/** A value that the product has no place for; `wanted` names what it takes. */
export function unsupported(surface: string, path: string, seen: string, wanted: string, next?: string): SluiceError {
  const detail = { path, seen, wanted, ...(next === undefined ? {} : { next }) }
  return new SluiceError('SLUICE_MANIFEST_FIELD', `${surface} cannot say this`, detail)
}

/** The target in the words of the Kubernetes Gateway API; its kind was checked against the surface's. */
export function targetRef({ kind, name }: TargetRef, kinds: Readonly<Record<string, TargetKind>>): object {
  return { ...kinds[kind]!, name }
}

/** An entry whose value is there, or nothing: objects without empty fields. */
export function given<K extends string, V>(key: K, value: V | undefined | null): { [name in K]?: V } {
  return value === undefined || value === null ? {} : ({ [key]: value } as { [name in K]: V })
}

/** Istio's and Envoy Gateway's pins: hexadecimal, without the algorithm. */
export function hexOf(digest: string): string {
  return digest.slice(digest.indexOf(':') + 1)
}
