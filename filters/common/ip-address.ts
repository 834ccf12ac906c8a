import { Bytes, hexValue, utf8 } from "@sluice/sdk";

const DOT: u8 = 0x2e;
const COLON: u8 = 0x3a;
const PERCENT: u8 = 0x25;
const OPEN: u8 = 0x5b;
const CLOSE: u8 = 0x5d;
/** Groups of 16 bits in an IPv6 address. */
const GROUPS: i32 = 8;
const MAX_GROUP_DIGITS: i32 = 4;
const MAX_OCTET_DIGITS: i32 = 3;
const MAX_PORT_DIGITS: i32 = 5;
const MAX_PORT: u64 = 65535;
/** The upper half of the low 64 bits of an IPv4 address in its IPv6 form. */
const MAPPED: u64 = 0xffff;

/**
 * An address as 128 bits. An IPv4 address is in its mapped form, ::ffff:a.b.c.d (RFC 4291, 2.5.5.2): what a client on a
 * socket of both families looks like must not decide what it may do.
 */
export class IpAddress {
  high: u64 = 0;
  low: u64 = 0;

  get isIpv4(): bool {
    return this.high == 0 && this.low >> 32 == MAPPED;
  }

  /**
   * Takes the address that a text names, as inet_pton reads it; an IPv6 address may have a zone (`fe80::1%eth0`), which is left
   * out. False when the text is no address: the value is then undefined.
   */
  parse(text: Bytes): bool {
    if (text.indexOfByte(COLON) < 0) return this.parseIpv4(text);
    const zone = text.indexOfByte(PERCENT);
    if (zone == text.length - 1) return false;
    return this.parseIpv6(zone < 0 ? text : text.slice(0, zone));
  }

  /** Takes the address of `1.2.3.4`, `1.2.3.4:80`, `::1`, `[::1]` or `[::1]:80`. False as {@link parse}. */
  parseWithPort(text: Bytes): bool {
    if (text[0] == OPEN) return this.parseBracketed(text);
    const colon = text.indexOfByte(COLON);
    if (colon < 0 || colon != text.lastIndexOfByte(COLON)) return this.parse(text);
    return isPort(text.slice(colon)) && this.parseIpv4(text.slice(0, colon));
  }

  private parseBracketed(text: Bytes): bool {
    const end = text.indexOfByte(CLOSE);
    const address = text.slice(1, end);
    const isWhole = end == text.length - 1 || isPort(text.slice(end + 1));
    return end > 0 && isWhole && address.indexOfByte(COLON) >= 0 && this.parse(address);
  }

  private parseIpv4(text: Bytes): bool {
    const value = ipv4Value(text);
    this.high = 0;
    this.low = (MAPPED << 32) | <u64>value;
    return value >= 0;
  }

  private parseIpv6(text: Bytes): bool {
    const gap = text.indexOf(utf8("::"));
    if (gap < 0) return this.readGroups(text, true) == GROUPS;
    const headCount = this.readGroups(text.slice(0, gap), false);
    const headHigh = this.high;
    const headLow = this.low;
    const tailCount = this.readGroups(text.slice(gap + 2), true);
    if (headCount < 0 || tailCount < 0 || headCount + tailCount >= GROUPS) return false;
    this.addShifted(headHigh, headLow, (GROUPS - headCount) << 4);
    return true;
  }

  /** Takes the groups of a text, the last one in the lowest bits. Returns how many there are, -1 when one is none. */
  private readGroups(text: Bytes, mayEndInIpv4: bool): i32 {
    this.high = 0;
    this.low = 0;
    if (text.length == 0) return 0;
    let count = 0;
    for (let start = 0; start <= text.length; ) {
      const colon = text.indexOfByte(COLON, start);
      const group = text.slice(start, colon < 0 ? text.length : colon);
      const isIpv4 = colon < 0 && mayEndInIpv4 && group.indexOfByte(DOT) >= 0;
      const value = isIpv4 ? ipv4Value(group) : groupValue(group);
      if (value < 0) return -1;
      count += isIpv4 ? 2 : 1;
      if (count > GROUPS) return -1;
      this.push(<u64>value, isIpv4 ? 32 : 16);
      if (colon < 0) break;
      start = colon + 1;
    }
    return count;
  }

  private push(value: u64, bits: u64): void {
    this.high = (this.high << bits) | (this.low >> (64 - bits));
    this.low = (this.low << bits) | value;
  }

  /** `shift` is 16 … 128. */
  private addShifted(high: u64, low: u64, shift: u64): void {
    if (shift >= 128) return;
    if (shift >= 64) {
      this.high |= low << (shift - 64);
      return;
    }
    this.high |= (high << shift) | (low >> (64 - shift));
    this.low |= low << shift;
  }
}

/** `:80` */
function isPort(text: Bytes): bool {
  const digits = text.slice(1);
  return text[0] == COLON && digits.isDecimal() && digits.length <= MAX_PORT_DIGITS && digits.toU64() <= MAX_PORT;
}

/** Four decimal octets; -1 when the text is something else. A zero in front is refused: others read such an octet as octal. */
function ipv4Value(text: Bytes): i64 {
  let value: i64 = 0;
  let octets = 0;
  for (let start = 0; start <= text.length; octets++) {
    const dot = text.indexOfByte(DOT, start);
    const end = dot < 0 ? text.length : dot;
    const octet = octetValue(text.slice(start, end));
    if (octet < 0 || octets == 4) return -1;
    value = (value << 8) | octet;
    start = end + 1;
  }
  return octets == 4 ? value : -1;
}

function octetValue(text: Bytes): i64 {
  if (text.length > MAX_OCTET_DIGITS || !text.isDecimal() || (text.length > 1 && text[0] == 0x30)) return -1;
  const value = <i64>text.toU64();
  return value <= 255 ? value : -1;
}

/** One to four hexadecimal digits; -1 when the text is something else. */
function groupValue(text: Bytes): i64 {
  if (text.length == 0 || text.length > MAX_GROUP_DIGITS) return -1;
  let value: i64 = 0;
  for (let i = 0; i < text.length; i++) {
    const digit = hexValue(text[i]);
    if (digit < 0) return -1;
    value = (value << 4) | digit;
  }
  return value;
}
