/** `sluice/manifest`: how products are told to run a filter (docs/MANIFESTS.md). */
export { renderManifest, SURFACES } from './render.ts'
export type { ManifestDocument, Surface, TargetKind } from './surface.ts'
export type { EnvVariable, Failure, FilterDeployment, MeshPhase, ModuleSource, TargetRef, TrafficMode } from './deployment.ts'
