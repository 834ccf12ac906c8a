/** Keys of tables that hold things of many vm_ids: the length keeps `a` + `bc` apart from `ab` + `c`. */

/** What every key of a vm_id begins with. */
export function startOf(vmId: string): string {
  return `${vmId.length}:${vmId}`
}

/** The key of `name` in a vm_id. */
export function keyOf(vmId: string, name: string): string {
  return `${vmId.length}:${vmId}${name}`
}
