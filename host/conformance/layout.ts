/** The places of the kit on the machine of a host that others mount: ports that follow each other. */
import type { Places } from './bootstrap.ts'
import { MOUNT_POINTS } from './mounts.ts'

/** Ports in use: the mount points in their order, the three of the upstream, the refused one, the admin interface. */
export const LAYOUT_PORTS = MOUNT_POINTS.length + 5

/** The layout whose first mount point is on this port. */
export function layoutFrom(first: number): Places {
  const after = first + MOUNT_POINTS.length
  return {
    ports: new Map(MOUNT_POINTS.map((point, at) => [point, first + at])),
    upstreamPort: after,
    rpcPort: after + 1,
    peerPort: after + 2,
    refusedPort: after + 3,
    adminPort: after + 4,
  }
}
