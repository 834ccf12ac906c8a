/** Frees a native object once: when it is released, at the latest some time after its owner was collected. */
const handles = new FinalizationRegistry<NativeHandle>((handle) => handle.release())

export class NativeHandle {
  #free: (() => void) | null

  /** `free` must not refer to the owner, which would then never be collected. */
  constructor(owner: object, free: () => void) {
    this.#free = free
    handles.register(owner, this, this)
  }

  get isReleased(): boolean {
    return this.#free === null
  }

  /** Harmless when repeated. */
  release(): void {
    handles.unregister(this)
    const free = this.#free
    this.#free = null
    free?.()
  }
}
