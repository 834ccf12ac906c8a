/**
 * Decides over what a guest asks for before it is done, so that tests see how a filter bears a failure. Attached when
 * a VM is made.
 */
export interface HostcallGate {
  /** The status that the guest gets instead of the hostcall's own, or null to make the call; throws VmTrap to end the guest. */
  hostcall(name: string): number | null
  /** False = the guest's allocator has no room, whatever it says itself. */
  allocation(): boolean
}
