import { Bytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { IpAddress } from "./ip-address";
import { PrefixTrie } from "./prefix-trie";

const SLASH: u8 = 0x2f;
const COLON: u8 = 0x3a;
const PERCENT: u8 = 0x25;
const IPV6_BITS: i32 = 128;
/** Bits in front of an IPv4 address in its IPv6 form. */
const MAPPED_BITS: i32 = 96;

/**
 * A set of address ranges (`10.0.0.0/8`, `2001:db8::/32`) and single addresses.
 *
 * The families are apart: `::/0` is every IPv6 address and no IPv4 address. A range of mapped addresses
 * (`::ffff:10.0.0.0/104`) is the range of IPv4 addresses that it maps.
 */
export class CidrSet {
  private readonly ipv4: PrefixTrie = new PrefixTrie();
  private readonly ipv6: PrefixTrie = new PrefixTrie();
  private readonly range: IpAddress = new IpAddress();
  private count: i32 = 0;

  /** Reads an array of ranges. */
  static read(reader: ConfigReader): CidrSet {
    const set = new CidrSet();
    for (reader.enterArray(); reader.nextItem(); ) {
      if (!set.add(reader.readText().view)) reader.invalid(utf8('a range such as "10.0.0.0/8", without bits behind its prefix'));
    }
    return set;
  }

  get isEmpty(): bool {
    return this.count == 0;
  }

  /** Adds a range. False when the text is none: what stands behind the prefix must be zero, or one of the two is a mistake. */
  add(text: Bytes): bool {
    const range = this.range;
    const slash = text.indexOfByte(SLASH);
    if (text.indexOfByte(PERCENT) >= 0 || !range.parse(slash < 0 ? text : text.slice(0, slash))) return false;
    const isDotted = text.indexOfByte(COLON) < 0;
    const bits = slash < 0 ? IPV6_BITS : prefixBits(text.slice(slash + 1), isDotted ? MAPPED_BITS : 0);
    if (bits < 0 || hasBitsBehind(range, bits)) return false;
    const trie = range.isIpv4 && bits >= MAPPED_BITS ? this.ipv4 : this.ipv6;
    trie.add(range.high, range.low, bits);
    this.count++;
    return true;
  }

  has(address: IpAddress): bool {
    const trie = address.isIpv4 ? this.ipv4 : this.ipv6;
    return trie.has(address.high, address.low);
  }
}

/** Prefix length as that of an IPv6 address; -1 when the text is none. */
function prefixBits(text: Bytes, offset: i32): i32 {
  if (!text.isDecimal() || text.length > 3 || (text.length > 1 && text[0] == 0x30)) return -1;
  const bits = <i32>text.toU32() + offset;
  return bits <= IPV6_BITS ? bits : -1;
}

function hasBitsBehind(range: IpAddress, bits: i32): bool {
  if (bits <= 64) return range.low != 0 || (bits < 64 && range.high << bits != 0);
  return bits < IPV6_BITS && range.low << (bits - 64) != 0;
}
