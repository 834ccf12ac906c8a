import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CidrSet } from "../common/cidr-set";
import { HttpUri } from "../common/http-uri";
import { IpAddress } from "../common/ip-address";
import { RemoteDocument } from "../common/remote-document";

const NEWLINE: u8 = 0x0a;
const HASH: u8 = 0x23;

/** What a list is for; in the order of their names in the configuration. */
export enum ListAction {
  Deny,
  Allow,
  /** For the header of names alone. */
  Tag,
}

/** Ranges that are fetched. */
export class AddressList extends RemoteDocument {
  name: OwnedBytes = OwnedBytes.absent();
  action: ListAction = ListAction.Deny;
  private ranges: CidrSet = new CidrSet();

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): AddressList {
    const list = new AddressList();
    let hasUri = false;
    let hasAction = false;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) list.name = reader.readHeaderName();
      else if (reader.at(utf8("refresh"))) list.cacheDuration = reader.readDurationNanos();
      else if (reader.at(utf8("action"))) {
        list.action = reader.readChoice(utf8("deny, allow or tag"));
        hasAction = true;
      } else if (reader.at(utf8("http_uri"))) {
        list.uri = HttpUri.read(reader);
        hasUri = true;
      } else reader.unknownField();
    }
    list.retryAfter = min(list.cacheDuration, list.retryAfter);
    if (list.name.length == 0) reader.missing(utf8("name"));
    if (!hasAction) reader.missing(utf8("action"));
    if (!hasUri) reader.missing(utf8("http_uri"));
    return list;
  }

  has(address: IpAddress): bool {
    return this.ranges.has(address);
  }

  protected override take(body: Bytes): bool {
    const ranges = parse(body);
    if (ranges !== null) this.ranges = ranges;
    return ranges !== null;
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
