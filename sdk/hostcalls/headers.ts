import { arenaAllocate } from "../abi/arena";
import { MapType, Status } from "../abi/enums";
import {
  proxy_add_header_map_value, proxy_get_header_map_pairs, proxy_get_header_map_value,
  proxy_remove_header_map_value, proxy_replace_header_map_value,
} from "../abi/imports";
import { OUT, OUT_LENGTH } from "../abi/out";
import { ENTRY_BYTES, ENTRY_VALUE, countPairs, indexPairs } from "../abi/pairs";
import { Bytes } from "../bytes/bytes";
import { equalMemoryIgnoreCase } from "../bytes/memory";
import { utf8 } from "../bytes/utf8";
import { activate, currentCallback } from "../context/callback";
import { IS_BUNDLE } from "../context/composition";
import { foundEntry, isFound, keepFound, numberSnapshot, slotOf } from "./found-names";
import { isHost, isPseudo, isPseudoOfMap, isWritablePair } from "./header-rules";
import { refuseNamed } from "./log";

/** Index of a map that the host does not offer: any address but 0, no entry is ever read there. */
const EMPTY: usize = OUT;

/** The views of one callback, in the arena, and the number of that callback. */
let views: HeaderMap = changetype<HeaderMap>(0);
let viewsCallback: u64 = 0;

/**
 * Headers or trailers of a message.
 *
 * The first read fetches the whole map once; all reads of this callback are answered from
 * that snapshot, every value of a repeated header included. A write goes to the host at
 * once and marks its name stale: a later read of that name is one hostcall, other names
 * are served from the snapshot. Names compare without case; in request headers
 * `host` means `:authority`, as in Envoy.
 *
 * A map that the host does not offer in this phase reads as empty; writes to it fail. Take
 * the map from its context in every callback, do not keep it in a field.
 */
// @ts-ignore: decorator
@unmanaged
export class HeaderMap {
  private contextId: u32;
  private mapType: u32;
  /** Index of the snapshot, 0 = not fetched. */
  private index: usize;
  private entryCount: u32;
  /** Bits of the names written since the snapshot was taken. */
  private written: u64;
  /** Number of the snapshot, 0 = not fetched; in bundles only. */
  private snapshot: u64;
  /** Another view of the same callback. */
  private next: HeaderMap;

  /** The view of a context's map in this callback. For the SDK. */
  // @ts-ignore: decorator
  @unsafe
  static of(contextId: u32, mapType: MapType): HeaderMap {
    const view = HeaderMap.find(contextId, mapType);
    return changetype<usize>(view) ? view : HeaderMap.create(contextId, mapType);
  }

  /** Whether this callback has asked for the map of a context. For the SDK. */
  // @ts-ignore: decorator
  @unsafe
  static isInUse(contextId: u32, mapType: MapType): bool {
    return changetype<usize>(HeaderMap.find(contextId, mapType)) != 0;
  }

  private static find(contextId: u32, mapType: u32): HeaderMap {
    if (viewsCallback != currentCallback()) {
      viewsCallback = currentCallback();
      views = changetype<HeaderMap>(0);
    }
    let view = views;
    while (changetype<usize>(view) && (view.contextId != contextId || view.mapType != mapType)) view = view.next;
    return view;
  }

  private static create(contextId: u32, mapType: u32): HeaderMap {
    const view = changetype<HeaderMap>(arenaAllocate(offsetof<HeaderMap>()));
    view.contextId = contextId;
    view.mapType = mapType;
    view.index = 0;
    view.written = 0;
    if (IS_BUNDLE) view.snapshot = 0;
    view.next = views;
    views = view;
    return view;
  }

  /** First value of a name, or `Bytes.absent`. */
  get(name: Bytes): Bytes {
    const slot = IS_BUNDLE ? slotOf(name) : 0;
    if (IS_BUNDLE && isFound(slot, name, this.snapshot, this.written)) return valueOf(foundEntry(slot));
    this.fetch();
    const wanted = this.canonical(name);
    if (this.isStale(wanted)) return this.fetchValue(wanted);
    const entry = this.search(wanted, this.index);
    if (IS_BUNDLE) keepFound(slot, name, this.snapshot, bitOf(wanted), entry);
    return valueOf(entry);
  }

  /** Whether the name occurs, even with an empty value. */
  has(name: Bytes): bool {
    return !this.get(name).isAbsent;
  }

  /** Number of values of a name; a repeated header has several. */
  count(name: Bytes): i32 {
    let count = 0;
    for (let entry = this.first(name); entry; entry = this.search(name, entry + ENTRY_BYTES)) count++;
    return count;
  }

  /** The value number `position` of a name, or `Bytes.absent`. */
  value(name: Bytes, position: i32): Bytes {
    let entry = this.first(name);
    while (entry && position-- > 0) entry = this.search(name, entry + ENTRY_BYTES);
    return valueOf(entry);
  }

  /**
   * First value of a name by one hostcall, without fetching the map; cheaper when the
   * callback reads only one or two headers. Uses the snapshot if there is one.
   */
  getSingle(name: Bytes): Bytes {
    return this.index ? this.get(name) : this.fetchValue(name);
  }

  /** Number of pairs. Fetches the map again after a write. */
  get size(): i32 {
    if (this.written) this.index = 0;
    this.fetch();
    return <i32>this.entryCount;
  }

  /** Name of a pair, 0 ≤ position < `size`; `Bytes.absent` outside. */
  nameAt(position: i32): Bytes {
    const entry = this.entryAt(position);
    return entry ? changetype<Bytes>(entry) : Bytes.absent;
  }

  /** Value of a pair, 0 ≤ position < `size`; `Bytes.absent` outside. */
  valueAt(position: i32): Bytes {
    return valueOf(this.entryAt(position));
  }

  /**
   * Adds a value. Refused for pseudo headers and Host, which Envoy would join with a comma,
   * for framing headers, and for names and values that are not allowed on the wire.
   */
  add(name: Bytes, value: Bytes): bool {
    if (this.isHostOfRequest(name) || !isWritablePair(name, value)) {
      return refuseNamed(utf8("sdk: header refused: add "), name);
    }
    if (!activate(this.contextId)) return false;
    const status = proxy_add_header_map_value(
      this.mapType, name.address, name.length, value.address, value.length,
    );
    return this.wrote(name, status);
  }

  /**
   * Replaces all values of a name by one, or adds it. Refused as {@link add}; a pseudo header
   * of this message may get another value that fits, but no method or status that would
   * hide a body.
   */
  set(name: Bytes, value: Bytes): bool {
    const target = this.canonical(name);
    const allowed = isPseudo(target)
      ? isPseudoOfMap(this.mapType, target, value)
      : isWritablePair(name, value);
    if (!allowed) return refuseNamed(utf8("sdk: header refused: set "), name);
    if (!activate(this.contextId)) return false;
    const status = proxy_replace_header_map_value(
      this.mapType, name.address, name.length, value.address, value.length,
    );
    return this.wrote(target, status);
  }

  /** Removes all values of a name. Refused for pseudo headers and Host, without which Envoy fails. */
  remove(name: Bytes): bool {
    if (isPseudo(name) || this.isHostOfRequest(name)) {
      return refuseNamed(utf8("sdk: header refused: remove "), name);
    }
    if (!activate(this.contextId)) return false;
    return this.wrote(name, proxy_remove_header_map_value(this.mapType, name.address, name.length));
  }

  private wrote(name: Bytes, status: u32): bool {
    if (status != Status.Ok) return false;
    this.written |= bitOf(name);
    return true;
  }

  /** Whether a name was written. Names that share its bit are taken for written, too. */
  private isStale(name: Bytes): bool {
    return this.written != 0 && (this.written & bitOf(name)) != 0;
  }

  /** First entry with a name, for which a stale snapshot is fetched again; 0 = none. */
  private first(name: Bytes): usize {
    const wanted = this.canonical(name);
    if (this.isStale(wanted)) this.index = 0;
    this.fetch();
    return this.search(wanted, this.index);
  }

  /** Next entry with this name, at `entry` or behind it; 0 = none. */
  private search(name: Bytes, entry: usize): usize {
    const address = name.address;
    const length = <u32>name.length;
    for (const end = this.index + <usize>this.entryCount * ENTRY_BYTES; entry < end; entry += ENTRY_BYTES) {
      if (load<u32>(entry, 4) != length) continue;
      if (equalMemoryIgnoreCase(changetype<Bytes>(entry).address, address, length)) return entry;
    }
    return 0;
  }

  private entryAt(position: i32): usize {
    this.fetch();
    return <u32>position < this.entryCount ? this.index + <usize>position * ENTRY_BYTES : 0;
  }

  private canonical(name: Bytes): Bytes {
    return this.isHostOfRequest(name) ? utf8(":authority") : name;
  }

  // @ts-ignore: decorator
  @inline
  private isHostOfRequest(name: Bytes): bool {
    return this.mapType == MapType.HttpRequestHeaders && isHost(name);
  }

  /** Takes the snapshot unless there is one. */
  private fetch(): void {
    if (!this.index) this.takeSnapshot();
  }

  private takeSnapshot(): void {
    this.written = 0;
    this.entryCount = 0;
    this.index = EMPTY;
    if (IS_BUNDLE) this.snapshot = numberSnapshot();
    if (!activate(this.contextId)) return;
    if (proxy_get_header_map_pairs(this.mapType, OUT, OUT_LENGTH) == Status.Ok) this.readPairs();
  }

  private readPairs(): void {
    const blob = load<usize>(OUT);
    const length = load<usize>(OUT_LENGTH);
    const count = countPairs(blob, length);
    const index = count ? indexPairs(blob, length, count) : 0;
    if (!index) return;
    this.index = index;
    this.entryCount = count;
  }

  private fetchValue(name: Bytes): Bytes {
    if (!activate(this.contextId)) return Bytes.absent;
    const status = proxy_get_header_map_value(
      this.mapType, name.address, name.length, OUT, OUT_LENGTH,
    );
    if (status != Status.Ok) return Bytes.absent;
    return Bytes.of(load<usize>(OUT), load<u32>(OUT_LENGTH));
  }
}

/** The value of an entry; absent for 0. */
// @ts-ignore: decorator
@inline
function valueOf(entry: usize): Bytes {
  return entry ? changetype<Bytes>(entry + ENTRY_VALUE) : Bytes.absent;
}

/** One of 64 bits for a name, the same in every case of letters. */
function bitOf(name: Bytes): u64 {
  const address = name.address;
  const length = <u32>name.length;
  const middle = <u32>load<u8>(address + (length >> 1)) | 0x20;
  const last = <u32>load<u8>(address + length - 1) | 0x20;
  return <u64>1 << ((length * 9 + middle * 5 + last) & 63);
}
