/** The places where a host under judgement must have put the kit's guests. */
import { ABI_VERSIONS, type AbiVersion } from '../abi/version.ts'

/**
 * `main`: nothing special. `hold`: with `allow_on_headers_stop_iteration`. `restricted`: with
 * `capability_restriction_config`. `closed`, `open`, `reload`: with that failure policy. `start`: its plugin
 * configuration is the script of a root context. `tcp`: a network filter in front of a TCP proxy.
 */
export const MOUNTS = ['main', 'hold', 'restricted', 'closed', 'open', 'reload', 'start', 'tcp'] as const

export type Mount = (typeof MOUNTS)[number]

/** One guest at one place. */
export interface MountPoint {
  readonly mount: Mount
  readonly version: AbiVersion
}

/** All of them, in the order of their ports. */
export const MOUNT_POINTS: readonly MountPoint[] = ABI_VERSIONS.toReversed().flatMap((version) =>
  MOUNTS.map((mount) => ({ mount, version })),
)

/** `main-0.2.1`. */
export function mountName({ mount, version }: MountPoint): string {
  return `${mount}-${version}`
}
