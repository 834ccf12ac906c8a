import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { isHeaderName } from "@sluice/sdk/config";
import { Attribute, keyOf } from "./attribute";

const OPEN: u8 = 0x5b;
const CLOSE: u8 = 0x5d;
const COLON: u8 = 0x3a;

/** What a term asks for: an attribute, and which one where there are several of its kind. */
export class AttributeKey {
  /** Of a header, a property, or a filter of the proxy. */
  name: OwnedBytes = OwnedBytes.absent();
  /** Of a claim. */
  path: OwnedBytes[] = [];
  /** Whether letters are compared without case; the request's are small then. */
  ignoresCase: bool = false;

  constructor(readonly attribute: Attribute) {}

  /** The key of a condition; null when there is none like it. */
  static parse(text: Bytes): AttributeKey | null {
    for (let i: i32 = 0; i <= Attribute.Time; i++) {
      if (keyOf(i).equals(text)) return new AttributeKey(i);
    }
    if (text.equals(utf8("request.auth.audiences"))) return claim(utf8("aud"));
    if (text.equals(utf8("request.auth.presenter"))) return claim(utf8("azp"));
    if (text.startsWith(utf8("request.headers["))) return header(text.slice(15));
    if (text.startsWith(utf8("request.auth.claims["))) return nestedClaim(text.slice(19));
    if (text.startsWith(utf8("experimental.envoy.filters."))) return proxyMetadata(text.slice(13));
    return text.startsWith(utf8("auth.")) ? property(text) : null;
  }
}

function claim(name: Bytes): AttributeKey {
  const key = new AttributeKey(Attribute.Claim);
  key.path.push(name.toOwned());
  return key;
}

function property(name: Bytes): AttributeKey {
  const key = new AttributeKey(Attribute.Property);
  key.name = name.toOwned();
  return key;
}

/** `[x-env]` or `[:authority]` */
function header(brackets: Bytes): AttributeKey | null {
  const names = namesIn(brackets);
  if (names.length != 1) return null;
  const name = names[0].view;
  if (!isHeaderName(name[0] == COLON ? name.slice(1) : name)) return null;
  const key = new AttributeKey(Attribute.Header);
  key.name = name.toLowerCase().toOwned();
  return key;
}

/** `[a][b]` */
function nestedClaim(brackets: Bytes): AttributeKey | null {
  const key = new AttributeKey(Attribute.Claim);
  key.path = namesIn(brackets);
  return key.path.length > 0 ? key : null;
}

/** `envoy.filters.a[b]` */
function proxyMetadata(text: Bytes): AttributeKey | null {
  const open = max(0, text.indexOfByte(OPEN));
  const key = nestedClaim(text.slice(open));
  if (key !== null) key.name = text.slice(0, open).toOwned();
  return key;
}

/** None when there is anything but names in brackets. */
function namesIn(text: Bytes): OwnedBytes[] {
  const names: OwnedBytes[] = [];
  for (let start = 0; start < text.length; ) {
    const end = text.indexOfByte(CLOSE, start);
    if (text[start] != OPEN || end <= start + 1) return [];
    names.push(text.slice(start + 1, end).toOwned());
    start = end + 1;
  }
  return names;
}
