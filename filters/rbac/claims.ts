import { Bytes, JsonToken, OwnedBytes, utf8 } from "@sluice/sdk";
import { memberAt, memberOf, nextItem, readerOf } from "../common/json-member";
import { ValueSet } from "./value-set";

const BLANK: u8 = 0x20;

/** A claim of this name that is a text; absent when there is none. */
export function textClaim(claims: Bytes, name: Bytes): Bytes {
  const json = memberOf(claims, name);
  const reader = readerOf(json);
  return reader.next() == JsonToken.String ? reader.text : Bytes.absent;
}

/**
 * Whether the claim at a path is a text that matches, or a list with one. Scopes are lists however they are written: with
 * blanks in between (RFC 8693, 4.2).
 */
export function claimMatches(claims: Bytes, path: OwnedBytes[], values: ValueSet): bool {
  const reader = readerOf(memberAt(claims, path));
  const first = reader.next();
  if (first == JsonToken.String) return isScope(path) ? wordMatches(reader.text, values) : matches(reader.text, values);
  if (first != JsonToken.BeginArray) return false;
  for (let item = nextItem(reader); !item.isAbsent; item = nextItem(reader)) {
    if (reader.token == JsonToken.String && matches(reader.text, values)) return true;
  }
  return false;
}

function isScope(path: OwnedBytes[]): bool {
  const name = path[0].view;
  return path.length == 1 && (name.equals(utf8("scope")) || name.equals(utf8("permission")));
}

function wordMatches(text: Bytes, values: ValueSet): bool {
  for (let start = 0; start < text.length; ) {
    const blank = text.indexOfByte(BLANK, start);
    const end = blank < 0 ? text.length : blank;
    if (matches(text.slice(start, end), values)) return true;
    start = end + 1;
  }
  return false;
}

/** An empty text is as good as none. */
function matches(text: Bytes, values: ValueSet): bool {
  return text.length > 0 && values.matches(text);
}
