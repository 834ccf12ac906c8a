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
import { isHost, isPseudo, isPseudoOfMap, isWritablePair } from "./header-rules";
import { refuseNamed } from "./log";

/** One static view per map type serves the usual case of one context per callback. */
const VIEW_BYTES: usize = offsetof<HeaderMap>();
const VIEWS: usize = memory.data(<i32>offsetof<HeaderMap>() * 8, 8);

/** Written name in a list: `next`, then the address and the length of a copy. */
const NAME_BYTES: usize = 16;

/**
 * Headers or trailers of a message.
 *
 * The first read fetches the whole map once; all reads of this callback are answered from
 * that snapshot, every value of a repeated header included. A write goes to the host at
 * once and marks its name stale: a later read of that name is one hostcall, other names
 * are still served from the snapshot. Names compare without case; in request headers
 * `host` means `:authority`, as in Envoy.
 *
 * A map that the host does not offer in this phase reads as empty; writes to it fail. Take
 * the map from its context in every callback, do not keep it in a field.
 */
// @ts-ignore: decorator
@unmanaged
export class HeaderMap {
  private callback: u64;
  private contextId: u32;
  private mapType: u32;
  /** Index of the snapshot, 0 = not fetched. */
  private index: usize;
  private entryCount: u32;
  /** List of names written since the snapshot was taken. */
  private written: usize;
  /** Views of other contexts in the same callback. */
  private next: HeaderMap;

  /** The view of a context's map in this callback. For the SDK. */
  // @ts-ignore: decorator
  @unsafe
  static of(contextId: u32, mapType: MapType): HeaderMap {
    const view = changetype<HeaderMap>(VIEWS + <usize>mapType * VIEW_BYTES);
    if (view.callback != currentCallback()) return view.begin(contextId, mapType);
    return view.contextId == contextId ? view : view.forContext(contextId);
  }

  /** Whether this callback has asked for the map of a context. For the SDK. */
  // @ts-ignore: decorator
  @unsafe
  static isInUse(contextId: u32, mapType: MapType): bool {
    let view = changetype<HeaderMap>(VIEWS + <usize>mapType * VIEW_BYTES);
    if (view.callback != currentCallback()) return false;
    while (changetype<usize>(view) && view.contextId != contextId) view = view.next;
    return changetype<usize>(view) != 0;
  }

  private begin(contextId: u32, mapType: u32): HeaderMap {
    this.callback = currentCallback();
    this.contextId = contextId;
    this.mapType = mapType;
    this.next = changetype<HeaderMap>(0);
    this.drop();
    return this;
  }

  private forContext(contextId: u32): HeaderMap {
    let view = this.next;
    while (changetype<usize>(view) && view.contextId != contextId) view = view.next;
    if (changetype<usize>(view)) return view;
    view = changetype<HeaderMap>(arenaAllocate(VIEW_BYTES)).begin(contextId, this.mapType);
    view.next = this.next;
    this.next = view;
    return view;
  }

  /** First value of a name, or `Bytes.absent`. */
  get(name: Bytes): Bytes {
    if (this.isStale(name)) return this.fetchValue(name);
    const entry = this.find(name, 0);
    return entry ? valueOf(entry) : Bytes.absent;
  }

  /** Whether the name occurs, even with an empty value. */
  has(name: Bytes): bool {
    return !this.get(name).isAbsent;
  }

  /** Number of values of a name; a repeated header has several. */
  count(name: Bytes): i32 {
    if (this.isStale(name)) this.drop();
    let count = 0;
    for (let entry = this.find(name, 0); entry; entry = this.find(name, entry)) count++;
    return count;
  }

  /** The value number `position` of a name, or `Bytes.absent`. */
  value(name: Bytes, position: i32): Bytes {
    if (this.isStale(name)) this.drop();
    let entry = this.find(name, 0);
    while (entry && position-- > 0) entry = this.find(name, entry);
    return entry ? valueOf(entry) : Bytes.absent;
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
    if (this.written) this.drop();
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
    const entry = this.entryAt(position);
    return entry ? valueOf(entry) : Bytes.absent;
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
    return this.wrote(name, status);
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
    if (this.index) this.markStale(this.canonical(name));
    return true;
  }

  private markStale(name: Bytes): void {
    // Filters of a bundle may write one name again and again, and every later read goes through the list.
    if (IS_BUNDLE && this.isStale(name)) return;
    const length = <u32>name.length;
    const item = arenaAllocate(NAME_BYTES + length);
    store<usize>(item, this.written);
    store<u32>(item, length, 4);
    memory.copy(item + NAME_BYTES, name.address, length);
    this.written = item;
  }

  private isStale(name: Bytes): bool {
    if (!this.written) return false;
    const wanted = this.canonical(name);
    for (let item = this.written; item; item = load<usize>(item)) {
      if (sameName(item + NAME_BYTES, load<u32>(item, 4), wanted)) return true;
    }
    return false;
  }

  /** Next entry with this name behind `after`, or from the beginning when that is 0. */
  private find(name: Bytes, after: usize): usize {
    this.fetch();
    const wanted = this.canonical(name);
    const end = this.index + <usize>this.entryCount * ENTRY_BYTES;
    for (let entry = after ? after + ENTRY_BYTES : this.index; entry < end; entry += ENTRY_BYTES) {
      if (load<u32>(entry, 4) != <u32>wanted.length) continue;
      const found = changetype<Bytes>(entry);
      if (equalMemoryIgnoreCase(found.address, wanted.address, wanted.length)) return entry;
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
    if (this.index) return;
    if (this.fetchPairs()) this.readPairs(load<usize>(OUT), load<usize>(OUT_LENGTH));
    if (!this.index) this.setEmpty();
  }

  private readPairs(blob: usize, length: usize): void {
    this.entryCount = countPairs(blob, length);
    if (this.entryCount) this.index = indexPairs(blob, length, this.entryCount);
  }

  private fetchPairs(): bool {
    if (!activate(this.contextId)) return false;
    return proxy_get_header_map_pairs(this.mapType, OUT, OUT_LENGTH) == Status.Ok;
  }

  private setEmpty(): void {
    this.entryCount = 0;
    this.index = VIEWS; // any address but 0: fetched, no entries
  }

  private fetchValue(name: Bytes): Bytes {
    if (!activate(this.contextId)) return Bytes.absent;
    const status = proxy_get_header_map_value(
      this.mapType, name.address, name.length, OUT, OUT_LENGTH,
    );
    if (status != Status.Ok) return Bytes.absent;
    return Bytes.of(load<usize>(OUT), load<u32>(OUT_LENGTH));
  }

  private drop(): void {
    this.index = 0;
    this.written = 0;
    this.entryCount = 0;
  }
}

// @ts-ignore: decorator
@inline
function valueOf(entry: usize): Bytes {
  return changetype<Bytes>(entry + ENTRY_VALUE);
}

function sameName(address: usize, length: u32, name: Bytes): bool {
  return length == <u32>name.length && equalMemoryIgnoreCase(address, name.address, length);
}
