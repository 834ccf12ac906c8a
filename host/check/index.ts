/** `sluice/check`: faults of modules, images and configurations before a proxy meets them (docs/CHECK.md). */
export { checkTarget, type CheckOptions } from './check-target.ts'
export { HOST_PROFILES, MAX_MODULE_BYTES, type HostProfile, type ModuleLimits } from './check-module.ts'
export { CONSUMERS, type Consumer } from './check-image.ts'
export { configFaults, parseSchema, type FilterSchema } from './filter-config.ts'
export type { CheckFinding, Level } from './check-finding.ts'
