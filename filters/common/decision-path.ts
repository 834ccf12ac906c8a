import { Bytes, BytesBuilder, OwnedBytes, hexValue, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

const QUESTION: u8 = 0x3f;
const HASH_SIGN: u8 = 0x23;
const SLASH: u8 = 0x2f;
const BACKSLASH: u8 = 0x5c;
const PERCENT: u8 = 0x25;
const SEMICOLON: u8 = 0x3b;
const DOT: u8 = 0x2e;

/** `path_normalization`, in the order of its names: each does what the one before it does too (Istio, `MeshConfig.ProxyPathNormalization`). */
enum Normalization {
  /** The path as it came, without query and fragment. */
  None,
  /** Percent-encoded letters, digits and `-._~` decoded, `\` as `/`, dot segments removed (RFC 3986 6.2.2). */
  Base,
  /** Slashes beside each other as one, before `..` removes a segment. */
  MergeSlashes,
  /** `%2f` and `%5c` are slashes. */
  DecodeAndMergeSlashes,
}

/** A path, and how it is read. */
class Reading {
  constructor(readonly written: OwnedBytes, readonly path: OwnedBytes) {}
}

/**
 * The path that rules are compared with. What the upstream gets stays as the client wrote it; a rule for `/admin` must also
 * hold for `/x/%2E%2e//admin`.
 */
export class DecisionPath {
  private normalization: Normalization = Normalization.MergeSlashes;
  private stripsParameters: bool = false;
  /** Whether paths are refused that others may read in another way. */
  refusesAmbiguous: bool;
  private refusesSlashes: bool = false;
  /** Of the path that was asked for last: the next rule asks for the same one. */
  private last: Reading = new Reading(OwnedBytes.absent(), OwnedBytes.absent());

  /** `refusesAmbiguous` unless the configuration says otherwise: for filters whose rules forbid paths. */
  constructor(refusesAmbiguous: bool = false) {
    this.refusesAmbiguous = refusesAmbiguous;
  }

  /** Reads the current field when it says how paths are read; false when it is another one. */
  readField(reader: ConfigReader): bool {
    if (reader.at(utf8("path_normalization"))) this.normalization = reader.readChoice(utf8("NONE, BASE, MERGE_SLASHES or DECODE_AND_MERGE_SLASHES"));
    else if (reader.at(utf8("strip_path_parameters"))) this.stripsParameters = reader.readBool();
    else return false;
    return true;
  }

  /** The same for which paths are refused. */
  readRefusal(reader: ConfigReader): bool {
    if (reader.at(utf8("reject_ambiguous"))) this.refusesAmbiguous = reader.readBool();
    else if (reader.at(utf8("escaped_slashes"))) this.refusesSlashes = reader.readChoice(utf8("keep or reject")) == 1;
    else return false;
    return true;
  }

  /**
   * The path to decide by, of the `:path` of a request. A view of it when there is nothing to change, the usual case; else good
   * until another path is asked for.
   */
  of(target: Bytes): Bytes {
    const path = pathOf(target);
    if (isPlain(path)) return path;
    if (!this.last.written.view.equals(path)) this.last = new Reading(path.toOwned(), this.normalize(path).toOwned());
    return this.last.path.view;
  }

  /**
   * Whether the request must be refused (400) before any rule is asked, because others may read another path from it: a `%`
   * without two digits behind it, NUL, `..` behind slashes beside each other, and encoded slashes when these are forbidden.
   */
  refuses(target: Bytes): bool {
    if (!this.refusesAmbiguous && !this.refusesSlashes) return false;
    const path = pathOf(target);
    for (let i = 0; i < path.length; i++) {
      const byte = path[i];
      const value = byte == PERCENT ? hexPair(path, i + 1) : <i32>byte;
      if (this.refusesAmbiguous && value <= 0) return true;
      if (this.refusesSlashes && byte == PERCENT && isSlash(value)) return true;
    }
    return this.refusesAmbiguous && !isPlain(path) && this.removesDots && isTorn(this.decode(path));
  }

  private get removesDots(): bool {
    return this.normalization > Normalization.None;
  }

  private normalize(path: Bytes): Bytes {
    return this.joinSegments(this.removesDots ? this.decode(path) : path);
  }

  private decode(path: Bytes): Bytes {
    const decodesSlashes = this.normalization == Normalization.DecodeAndMergeSlashes;
    const decoded = BytesBuilder.create();
    for (let i = 0; i < path.length; i++) {
      const byte = path[i];
      const value = byte == PERCENT ? hexPair(path, i + 1) : -1;
      const isDecoded = value >= 0 && (isUnreserved(<u8>value) || (decodesSlashes && isSlash(value)));
      if (isDecoded) i += 2;
      const plain = isDecoded ? <u8>value : byte;
      decoded.addByte(plain == BACKSLASH ? SLASH : plain);
    }
    return decoded.toBytes();
  }

  /** Takes parameters (`;a=b`) off the segments when they are not to count, then merges slashes and removes dot segments. */
  private joinSegments(path: Bytes): Bytes {
    const merges = this.normalization > Normalization.Base;
    const joined = BytesBuilder.create();
    let isDots = false;
    for (let start = 1; start <= path.length; ) {
      const slash = path.indexOfByte(SLASH, start);
      const end = slash < 0 ? path.length : slash;
      const segment = this.nameOf(path.slice(start, end));
      const isMerged = merges && segment.length == 0 && slash >= 0;
      isDots = this.removesDots && segment.length > 0 && utf8("..").startsWith(segment);
      if (!isDots && !isMerged) joined.addByte(SLASH).add(segment);
      else if (segment.length == 2) joined.truncate(joined.toBytes().lastIndexOfByte(SLASH));
      start = end + 1;
    }
    if (isDots) joined.addByte(SLASH);
    return joined.toBytes();
  }

  private nameOf(segment: Bytes): Bytes {
    const semicolon = this.stripsParameters ? segment.indexOfByte(SEMICOLON) : -1;
    return semicolon < 0 ? segment : segment.slice(0, semicolon);
  }
}

/** Of a request target: without query and fragment. */
function pathOf(target: Bytes): Bytes {
  let end = 0;
  while (end < target.length && target[end] != QUESTION && target[end] != HASH_SIGN) end++;
  return end == target.length ? target : target.slice(0, end);
}

/** Whether there is nothing to decode, to take off or to remove. */
function isPlain(path: Bytes): bool {
  if (path[0] != SLASH) return true;
  for (let i = 0, before: u8 = 0; i < path.length; i++) {
    const byte = path[i];
    if (byte == PERCENT || byte == BACKSLASH || byte == SEMICOLON) return false;
    if (before == SLASH && (byte == DOT || byte == SLASH)) return false;
    before = byte;
  }
  return true;
}

/** Whether a `..` stands behind slashes beside each other: what it removes depends on when these become one. */
function isTorn(path: Bytes): bool {
  let hasEmpty = false;
  for (let i = 0; i < path.length; i++) {
    if (path[i] != SLASH) continue;
    if (hasEmpty && path[i + 1] == DOT && path[i + 2] == DOT && endsSegment(path, i + 3)) return true;
    hasEmpty = hasEmpty || (i + 1 < path.length && endsSegment(path, i + 1));
  }
  return false;
}

/** Whether a name ends there: others leave parameters out. */
function endsSegment(path: Bytes, at: i32): bool {
  return at == path.length || path[at] == SLASH || path[at] == SEMICOLON;
}

function isSlash(value: i32): bool {
  return value == SLASH || value == BACKSLASH;
}

/** RFC 3986 2.3. */
function isUnreserved(byte: u8): bool {
  const letter = (byte | 0x20) - 0x61;
  return letter < 26 || byte - 0x30 < 10 || byte == 0x2d || byte == DOT || byte == 0x5f || byte == 0x7e;
}

/** Value of two hexadecimal digits, or -1. */
function hexPair(text: Bytes, at: i32): i32 {
  return (hexValue(text[at]) << 4) | hexValue(text[at + 1]);
}
