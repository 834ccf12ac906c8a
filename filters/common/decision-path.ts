import { Bytes, BytesBuilder, hexValue, utf8 } from "@sluice/sdk";
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
  /** Slashes beside each other as one. */
  MergeSlashes,
  /** `%2f` and `%5c` are slashes. */
  DecodeAndMergeSlashes,
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

  /** The path to decide by, of the `:path` of a request. A view of it when there is nothing to change, the usual case. */
  of(target: Bytes): Bytes {
    let length = 0;
    let isPlain = true;
    for (let before: u8 = 0; length < target.length; length++) {
      const byte = target[length];
      if (byte == QUESTION || byte == HASH_SIGN) break;
      if (byte == PERCENT || byte == BACKSLASH || byte == SEMICOLON) isPlain = false;
      if (before == SLASH && (byte == DOT || byte == SLASH)) isPlain = false;
      before = byte;
    }
    const path = length == target.length ? target : target.slice(0, length);
    return isPlain || path[0] != SLASH ? path : this.normalize(path);
  }

  /**
   * Whether the request must be refused (400) before any rule is asked, because others may read another path from it: a `%`
   * without two digits behind it, NUL, and encoded slashes when these are forbidden.
   */
  refuses(target: Bytes): bool {
    if (!this.refusesAmbiguous && !this.refusesSlashes) return false;
    for (let i = 0; i < target.length; i++) {
      const byte = target[i];
      if (byte == QUESTION || byte == HASH_SIGN) return false;
      const value = byte == PERCENT ? hexPair(target, i + 1) : <i32>byte;
      if (this.refusesAmbiguous && value <= 0) return true;
      if (this.refusesSlashes && byte == PERCENT && isSlash(value)) return true;
    }
    return false;
  }

  private normalize(path: Bytes): Bytes {
    const isRaw = this.normalization == Normalization.None;
    const segments = this.joinSegments(isRaw ? path : this.decode(path), !isRaw);
    return this.normalization < Normalization.MergeSlashes ? segments : mergeSlashes(segments);
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

  /** Takes parameters (`;a=b`) off the segments when they are not to count, then removes dot segments. */
  private joinSegments(path: Bytes, removesDots: bool): Bytes {
    const joined = BytesBuilder.create();
    let isDots = false;
    for (let start = 1; start <= path.length; ) {
      const slash = path.indexOfByte(SLASH, start);
      const end = slash < 0 ? path.length : slash;
      const segment = this.nameOf(path.slice(start, end));
      isDots = removesDots && (segment.equals(utf8(".")) || segment.equals(utf8("..")));
      if (!isDots) joined.addByte(SLASH).add(segment);
      else if (segment.length == 2) joined.truncate(max(0, joined.toBytes().lastIndexOfByte(SLASH)));
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

function mergeSlashes(path: Bytes): Bytes {
  const merged = BytesBuilder.create();
  for (let i = 0; i < path.length; i++) {
    if (path[i] != SLASH || i == 0 || path[i - 1] != SLASH) merged.addByte(path[i]);
  }
  return merged.toBytes();
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
