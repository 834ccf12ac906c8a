/**
 * The end of a stream for its filters, in Envoy's order: on_log of every filter in chain order, then on_done and
 * on_delete filter by filter. Filters that the stream never reached are made for it now: their log counts it too.
 */
import type { PathOwner } from './filter-path.ts'
import type { FilterSlot } from './filter-slot.ts'

export function logStream(owner: PathOwner, slots: readonly FilterSlot[]): void {
  for (let i = 0; i < slots.length; i++) {
    const slot = slots[i]!
    const context = owner.openFilter(slot)
    if (context === null) continue
    slot.logging = true
    context.onLog()
    slot.logging = false
  }
}

/** Contexts of a failed VM know themselves that their guest is gone. */
export function deleteContexts(slots: readonly FilterSlot[]): void {
  for (let i = 0; i < slots.length; i++) {
    const context = slots[i]!.context
    if (context === null) continue
    slots[i]!.end()
    context.onDone()
    context.onDelete()
  }
}
