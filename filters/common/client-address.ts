import { HeaderMap, HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CidrSet } from "./cidr-set";
import { IpAddress } from "./ip-address";

const COMMA: u8 = 0x2c;
const MAX_HOPS: u32 = 64;
/** The proxies in front of us are known by their addresses, not by their number. */
const NO_COUNT: i32 = -1;

/** Whose word counts; in the order of their names in the configuration. */
enum Source {
  /** Of nobody: the peer of the connection is the client. */
  Connection,
  /** Of the proxy: what it takes for the client, whichever way it found it. */
  Proxy,
  /** Of peers that are trusted: `x-forwarded-for`. */
  ForwardedFor,
  /** Of peers that are trusted: a header with one address. */
  Header,
}

/** `client_ip`: which address a request comes from, when anybody can write what stands in it. */
export class ClientAddress {
  private source: Source = Source.Connection;
  private header: OwnedBytes = OwnedBytes.absent();
  private hops: i32 = NO_COUNT;
  private trusted: CidrSet = new CidrSet();
  private readonly peer: IpAddress = new IpAddress();
  private readonly client: IpAddress = new IpAddress();
  private readonly entry: IpAddress = new IpAddress();

  /** What the proxy takes for the client, for filters that are configured without it. */
  static ofProxy(): ClientAddress {
    const address = new ClientAddress();
    address.source = Source.Proxy;
    return address;
  }

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): ClientAddress {
    const address = new ClientAddress();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("source"))) address.source = reader.readChoice(utf8("connection, proxy, xff or header"));
      else if (reader.at(utf8("header"))) address.header = reader.readHeaderName();
      else if (reader.at(utf8("xff_num_trusted_hops"))) address.hops = <i32>reader.readU32(0, MAX_HOPS);
      else if (reader.at(utf8("trusted_cidrs"))) address.trusted = CidrSet.read(reader);
      else reader.unknownField();
    }
    address.check(reader);
    return address;
  }

  /**
   * The address of a request's client, until the next one is asked for; null when it is not known: the peer has no IP address, or
   * the proxy shows what a header says in its place (with port 0), or the header that counts is not one address.
   */
  of(stream: HttpContext): IpAddress | null {
    const source = stream.getProperty(utf8("source\0address"));
    if (!this.peer.parseWithPort(source)) return null;
    if (this.source == Source.Proxy) return this.peer;
    if (source.endsWith(utf8(":0"))) return null;
    if (this.source == Source.Connection || !this.trusted.has(this.peer)) return this.peer;
    return this.source == Source.Header ? this.named(stream.requestHeaders) : this.forwarded(stream.requestHeaders);
  }

  /** A trusted peer that names nobody speaks for itself. */
  private named(headers: HeaderMap): IpAddress | null {
    const count = headers.count(this.header.view);
    if (count == 0) return this.peer;
    return count == 1 && this.client.parseWithPort(headers.get(this.header.view)) ? this.client : null;
  }

  /**
   * From the nearest hop to the farthest: the entry behind so many trusted ones, or the first one that is not trusted. What
   * stands behind an entry that is none was written by somebody unknown: the hop in front of it is the client.
   */
  private forwarded(headers: HeaderMap): IpAddress {
    let count = 0;
    this.take(this.peer);
    const name = utf8("x-forwarded-for");
    for (let i = headers.count(name) - 1; i >= 0; i--) {
      const list = headers.value(name, i);
      for (let end = list.length; end >= 0; ) {
        const comma = list.slice(0, end).lastIndexOfByte(COMMA);
        if (!this.entry.parseWithPort(list.slice(comma + 1, end).trim())) return this.client;
        this.take(this.entry);
        if (this.isLast(count++)) return this.client;
        end = comma;
      }
    }
    return this.hops == NO_COUNT ? this.client : this.peer;
  }

  private isLast(index: i32): bool {
    return this.hops == NO_COUNT ? !this.trusted.has(this.client) : index == this.hops;
  }

  private take(address: IpAddress): void {
    this.client.high = address.high;
    this.client.low = address.low;
  }

  private check(reader: ConfigReader): void {
    const trustsPeers = this.source == Source.ForwardedFor || this.source == Source.Header;
    if (trustsPeers && this.trusted.isEmpty) reader.missing(utf8("trusted_cidrs"));
    if (!trustsPeers && !this.trusted.isEmpty) reader.invalid(utf8("trusted_cidrs with the sources xff and header only"));
    if (this.hops != NO_COUNT && this.source != Source.ForwardedFor) {
      reader.invalid(utf8("xff_num_trusted_hops with the source xff only"));
    }
    const hasHeader = !this.header.view.isAbsent;
    if (this.source == Source.Header && !hasHeader) reader.missing(utf8("header"));
    if (this.source != Source.Header && hasHeader) reader.invalid(utf8("header with the source header only"));
  }
}
