import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";

const COLON: u8 = 0x3a;
const CLOSE_BRACKET: u8 = 0x5d;
const DOT: u8 = 0x2e;
const STAR: u8 = 0x2a;

/**
 * A host that a rule names: `a.test` is that one, `*.a.test` all with one or more labels in front of it, `*` any. Case and a dot
 * at the end do not count; the port counts when the pattern has one.
 */
export class HostMatch {
  private readonly isSuffix: bool;
  /** The host, or what stands behind the star. */
  private readonly host: OwnedBytes;
  /** Absent = any. */
  private readonly port: OwnedBytes;

  private constructor(pattern: Bytes) {
    const isSuffix = pattern[0] == STAR;
    this.isSuffix = isSuffix;
    this.host = hostOf(isSuffix ? pattern.slice(1) : pattern).toOwned();
    this.port = portOf(pattern).toOwned();
  }

  /** Reads a pattern. */
  static read(reader: ConfigReader): HostMatch {
    const pattern = reader.readText().view;
    if (!isPattern(pattern)) reader.invalid(utf8('a host such as "*.a.test" or "a.test:8080"'));
    return new HostMatch(pattern);
  }

  /** Whether `:authority` is such a host. */
  matches(authority: Bytes): bool {
    const port = this.port.view;
    if (!port.isAbsent && !portOf(authority).equals(port)) return false;
    const host = this.host.view;
    const seen = hostOf(authority);
    if (!this.isSuffix) return seen.equalsIgnoreCase(host);
    const labels = seen.length - host.length;
    return labels >= i32(host.length > 0) && seen.slice(labels).equalsIgnoreCase(host);
  }
}

/** Without the port and a dot at the end. */
function hostOf(authority: Bytes): Bytes {
  const colon = colonOf(authority);
  const end = colon < 0 ? authority.length : colon;
  return authority.slice(0, authority[end - 1] == DOT ? end - 1 : end);
}

/** Absent when there is none. */
function portOf(authority: Bytes): Bytes {
  const colon = colonOf(authority);
  return colon < 0 ? Bytes.absent : authority.slice(colon + 1);
}

/** Where the port's colon is, or -1: one in brackets is part of an address. */
function colonOf(authority: Bytes): i32 {
  const colon = authority.lastIndexOfByte(COLON);
  return colon > authority.lastIndexOfByte(CLOSE_BRACKET) ? colon : -1;
}

/** A star may only be the first label, or the whole host. */
function isPattern(pattern: Bytes): bool {
  const name = pattern[0] == STAR ? pattern.slice(1) : pattern;
  for (let i = 0; i < name.length; i++) {
    if (name[i] <= 0x20 || name[i] == STAR || name[i] == 0x2f) return false;
  }
  const host = hostOf(name);
  if (pattern[0] != STAR) return host.length > 0;
  return host.length == 0 ? name.length == 0 || name[0] == COLON : host[0] == DOT && host.length > 1;
}
