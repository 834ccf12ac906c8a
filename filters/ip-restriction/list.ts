import { Bytes, CalloutHandler, Context, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CidrSet } from "../common/cidr-set";
import { HttpUri } from "../common/http-uri";
import { IpAddress } from "../common/ip-address";

const SECOND: u64 = 1000000000;
const HOUR: u64 = 3600 * SECOND;
/** Longest time to the next attempt after one that failed. */
const RETRY: u64 = 5 * SECOND;
const MAX_BYTES: i32 = 1 << 20;
const NEWLINE: u8 = 0x0a;
const HASH: u8 = 0x23;
const OK: u32 = 200;

/** What a list is for. */
export enum ListAction {
  Deny,
  Allow,
  /** For the header of names alone. */
  Tag,
}

/** Ranges that are fetched, and fetched again when they are too old; those of the last good answer count. */
export class AddressList {
  name: OwnedBytes = OwnedBytes.absent();
  action: ListAction = ListAction.Deny;
  isFetching: bool = false;
  private uri: HttpUri = new HttpUri();
  private refresh: u64 = HOUR;
  private ranges: CidrSet | null = null;
  private goodAt: u64 = 0;
  private nextAt: u64 = 0;

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): AddressList {
    const list = new AddressList();
    let hasUri = false;
    let hasAction = false;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) list.name = reader.readHeaderName();
      else if (reader.at(utf8("refresh"))) list.refresh = reader.readDurationNanos();
      else if (reader.at(utf8("action"))) {
        list.action = readAction(reader);
        hasAction = true;
      } else if (reader.at(utf8("http_uri"))) {
        list.uri = HttpUri.read(reader);
        hasUri = true;
      } else reader.unknownField();
    }
    if (list.name.length == 0) reader.missing(utf8("name"));
    if (!hasAction) reader.missing(utf8("action"));
    if (!hasUri) reader.missing(utf8("http_uri"));
    return list;
  }

  /** Whether there was a good answer. */
  get isLoaded(): bool {
    return this.ranges !== null;
  }

  has(address: IpAddress): bool {
    const ranges = this.ranges;
    return ranges !== null && ranges.has(address);
  }

  isDue(now: u64): bool {
    return !this.isFetching && now >= this.nextAt;
  }

  /** Asks for the ranges; false when that could not be done. */
  fetch(context: Context, handler: CalloutHandler): bool {
    this.isFetching = this.uri.fetch(context, handler);
    return this.isFetching;
  }

  /** An answer came, or none. False when it is no list: the ranges stay as they were. */
  take(status: u32, body: Bytes, now: u64): bool {
    const ranges = status == OK && body.length <= MAX_BYTES ? parse(body) : null;
    this.isFetching = false;
    this.nextAt = now + (ranges !== null ? this.refresh : min(this.refresh, RETRY));
    if (ranges === null) return false;
    this.ranges = ranges;
    this.goodAt = now;
    return true;
  }

  /** Seconds since the last good answer; 0 before the first one. */
  age(now: u64): u64 {
    return this.isLoaded && now > this.goodAt ? (now - this.goodAt) / SECOND : 0;
  }
}

/** A range per line; blank lines and what stands behind a # are left out. Null when a line is something else. */
function parse(text: Bytes): CidrSet | null {
  const ranges = new CidrSet();
  for (let start = 0; start < text.length; ) {
    const newline = text.indexOfByte(NEWLINE, start);
    const end = newline < 0 ? text.length : newline;
    const range = rangeOf(text.slice(start, end));
    if (range.length > 0 && !ranges.add(range)) return null;
    start = end + 1;
  }
  return ranges;
}

function rangeOf(line: Bytes): Bytes {
  const hash = line.indexOfByte(HASH);
  const range = (hash < 0 ? line : line.slice(0, hash)).trim();
  return range[range.length - 1] == 0x0d ? range.slice(0, range.length - 1).trim() : range;
}

function readAction(reader: ConfigReader): ListAction {
  const name = reader.readText().view;
  if (name.equals(utf8("deny"))) return ListAction.Deny;
  if (name.equals(utf8("allow"))) return ListAction.Allow;
  if (!name.equals(utf8("tag"))) reader.invalid(utf8("deny, allow or tag"));
  return ListAction.Tag;
}
