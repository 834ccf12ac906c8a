/** Objects that a host holds (`--exportRuntime`, for tests): the globals reach them through this list. */

// @ts-ignore: decorator
@final
class Pin {
  constructor(readonly object: ArrayBuffer, public next: Pin | null) {}
}

// @ts-ignore: decorator
@lazy
let pins: Pin | null = null;

/** Keeps an object alive until {@link __unpin}. */
// @ts-ignore: decorator
@global @unsafe
export function __pin(object: usize): usize {
  if (object) pins = new Pin(changetype<ArrayBuffer>(object), pins);
  return object;
}

/** Lets go of an object, pinned once. */
// @ts-ignore: decorator
@global @unsafe
export function __unpin(object: usize): void {
  let previous: Pin | null = null;
  let pin = pins;
  while (pin !== null && changetype<usize>(pin.object) != object) {
    previous = pin;
    pin = pin.next;
  }
  if (pin === null) return;
  if (previous !== null) previous.next = pin.next;
  else pins = pin.next;
}
