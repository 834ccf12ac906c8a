/**
 * Garbage collector: incremental mark and sweep that works between callbacks only.
 *
 * When the outermost callback has returned no managed reference is on the stack: what the
 * globals reach is all that lives. So compiled code needs no shadow stack, an allocation
 * never frees anything, and what raw code holds stays valid until its callback returns.
 * The price: garbage of one callback is freed after it.
 *
 * Work is done in small steps, in proportion to what was allocated. While a cycle marks,
 * `__link` (which compiled code calls for every reference stored in an object) marks what is
 * stored, and new objects are marked and looked at later.
 *
 * In front of every object, laid down by the compiler:
 *
 *   -16   link to the next object; its lowest bit is the object's mark
 *   -12   link to the next marked object whose members were not looked at
 *    -8   class id
 *    -4   size
 */

import "./allocator";
import "./pins";

const LINK: usize = 16;
const NEXT_GRAY: usize = 12;
const CLASS_ID: usize = 8;
const SIZE: usize = 4;
const HEADER_BYTES: usize = 16;

/** Garbage below this is not worth a cycle. */
const MIN_GARBAGE_BYTES: usize = 32768;

/** Bytes allocated per step: a cycle ends long before the heap has doubled. */
const BYTES_PER_STEP: usize = 8;
const STEPS_PER_TURN: usize = 16;

/** Head of the list of all objects. */
const ALL: usize = memory.data(4, 8);

/** Bit of objects that live; it flips with every cycle. */
let mark: usize = 0;
let marking: bool = false;
let gray: usize = 0;
/** Address of the link the sweep looks at next; 0 when nothing is swept. */
let cursor: usize = 0;
/** Bytes allocated since the last cycle ended. */
let allocated: usize = 0;
/** The next turn is due when more than this is allocated. */
let limit: usize = MIN_GARBAGE_BYTES;
/** Bytes that the sweep of this cycle has kept. */
let kept: usize = 0;

/** Makes a zeroed object. */
// @ts-ignore: decorator
@global @unsafe
export function __new(size: usize, classId: i32): usize {
  const object = __alloc(HEADER_BYTES + size) + HEADER_BYTES;
  store<usize>(object - LINK, load<usize>(ALL) | mark);
  store<usize>(ALL, object);
  store<i32>(object - CLASS_ID, classId);
  store<u32>(object - SIZE, <u32>size);
  memory.fill(object, 0, size);
  allocated += size + HEADER_BYTES;
  if (marking) makeGray(object);
  return object;
}

/** Makes a larger copy of an object, for containers that grow. */
// @ts-ignore: decorator
@global @unsafe
export function __renew(object: usize, size: usize): usize {
  const copy = __new(size, load<i32>(object - CLASS_ID));
  memory.copy(copy, object, min<usize>(size, load<u32>(object - SIZE)));
  return copy;
}

/** A reference to `child` was stored in an object. */
// @ts-ignore: decorator
@global @unsafe
export function __link(parent: usize, child: usize, expectMultiple: bool): void {
  if (marking) __visit(child, 0);
}

/** Marks an object; compiled code calls it for each member of an object and each global. */
// @ts-ignore: decorator
@global @unsafe
export function __visit(object: usize, cookie: i32): void {
  if (!object) return;
  const link = load<usize>(object - LINK);
  if ((link & 1) == mark) return;
  store<usize>(object - LINK, link ^ 1);
  makeGray(object);
}

/** Frees everything unreachable, at once. Only when no callback runs. */
// @ts-ignore: decorator
@global @unsafe
export function __collect(): void {
  while (isBusy()) step();
  begin();
  while (isBusy()) step();
}

/** Does the work that is due; called when the outermost callback has returned. */
// @ts-ignore: decorator
@inline
export function collectGarbage(): void {
  if (allocated > limit) takeTurn();
}

function takeTurn(): void {
  if (!isBusy()) begin();
  let steps = (allocated - limit) / BYTES_PER_STEP + STEPS_PER_TURN;
  limit = allocated;
  while (steps-- && isBusy()) step();
}

function isBusy(): bool {
  return marking || cursor != 0;
}

function begin(): void {
  mark ^= 1;
  marking = true;
}

function makeGray(object: usize): void {
  store<usize>(object - NEXT_GRAY, gray);
  gray = object;
}

function step(): void {
  if (cursor) return sweep();
  // Stores to globals are not announced: they are read once more when nothing else is left.
  if (!gray) __visit_globals(0);
  const object = gray;
  if (!object) return beginSweep();
  gray = load<usize>(object - NEXT_GRAY);
  __visit_members(object, 0);
}

function beginSweep(): void {
  marking = false;
  cursor = ALL;
  kept = 0;
}

/** Looks at one object, whose link holds its own mark and the address of the next. */
function sweep(): void {
  const object = load<usize>(cursor) & ~1;
  if (!object) return endCycle();
  const link = load<usize>(object - LINK);
  if ((link & 1) == mark) {
    kept += <usize>load<u32>(object - SIZE) + HEADER_BYTES;
    cursor = object - LINK;
    return;
  }
  store<usize>(cursor, (load<usize>(cursor) & 1) | (link & ~1));
  __free(object - HEADER_BYTES);
}

function endCycle(): void {
  cursor = 0;
  allocated = 0;
  limit = max(kept, MIN_GARBAGE_BYTES);
}
