import { Bytes, BytesBuilder, HeaderMap, HttpContext, utf8 } from "@sluice/sdk";
import { DecisionPath } from "../common/decision-path";
import { IpAddress } from "../common/ip-address";
import { memberOf } from "../common/json-member";
import { isSpiffeId, principalOf, trustDomainOf } from "../common/spiffe";
import { Attribute } from "./attribute";
import { textClaim } from "./claims";
import { metadataOf } from "./metadata";

const SLASH: u8 = 0x2f;
const COLON: u8 = 0x3a;
const DOT: u8 = 0x2e;
const CLOSE_BRACKET: u8 = 0x5d;

/** What is known of the request that is decided on; each thing is found out when it is asked for first. */
export class Facts {
  private context: HttpContext | null = null;
  private paths: DecisionPath = new DecisionPath();
  private ignoresCase: bool = false;
  private known: u32 = 0;
  private readonly texts: StaticArray<Bytes> = new StaticArray<Bytes>(Attribute.Header);
  private readonly ip: IpAddress = new IpAddress();
  private claimsText: Bytes = Bytes.absent;

  /** Begins with another request; what was given out for the one before is void. `ignoresCase`: of paths. */
  begin(stream: HttpContext, paths: DecisionPath, ignoresCase: bool): void {
    this.context = stream;
    this.paths = paths;
    this.ignoresCase = ignoresCase;
    this.known = 0;
  }

  get stream(): HttpContext {
    return this.context!;
  }

  get headers(): HeaderMap {
    return this.stream.requestHeaders;
  }

  /** Whether others may read another path from the request. */
  get isAmbiguous(): bool {
    return this.paths.refuses(this.headers.get(utf8(":path")));
  }

  /** One of the attributes that are one text; absent when there is none, or an empty one. */
  text(attribute: Attribute): Bytes {
    const bit: u32 = 1 << attribute;
    if (!(this.known & bit)) {
      this.known |= bit;
      const text = this.read(attribute);
      this.texts[attribute] = text.length > 0 ? text : Bytes.absent;
    }
    return this.texts[attribute];
  }

  /** One of the addresses, until the next one is asked for; null when it cannot be known. */
  address(attribute: Attribute): IpAddress | null {
    const isOurs = attribute == Attribute.DestinationAddress;
    let address = this.stream.getProperty(isOurs ? utf8("destination\0address") : utf8("source\0address"));
    if (attribute == Attribute.SourceAddress) {
      const told = this.stream.getProperty(utf8("filter_state\0auth.peer_address"));
      // The proxy took the client's address from a header: who the peer is it does not tell by itself.
      if (told.isAbsent && address.endsWith(utf8(":0"))) return null;
      if (!told.isAbsent) address = told;
    }
    return this.ip.parseWithPort(address) ? this.ip : null;
  }

  /** The claims of a token that was verified, as JSON; absent without one. */
  claims(): Bytes {
    const bit: u32 = 1 << Attribute.Claim;
    if (!(this.known & bit)) {
      this.known |= bit;
      this.claimsText = this.stream.getProperty(utf8("auth.claims"));
      if (this.claimsText.isAbsent) this.claimsText = memberOf(this.metadata(utf8("envoy.filters.http.jwt_authn")), utf8("payload"));
    }
    return this.claimsText;
  }

  /** What a filter of the proxy has said, as JSON. */
  metadata(filter: Bytes): Bytes {
    return metadataOf(this.stream.getProperty(utf8("metadata")), filter);
  }

  /** Whom the request comes from, as it is told: by its token, by another credential, by the peer's certificate. */
  who(): Bytes {
    const subject = this.text(Attribute.RequestPrincipal);
    if (!subject.isAbsent) return subject;
    const named = this.stream.getProperty(utf8("auth.principal"));
    return named.isAbsent ? this.text(Attribute.Principal) : named;
  }

  private read(attribute: Attribute): Bytes {
    switch (attribute) {
      case Attribute.Host: return withoutDot(this.headers.get(utf8(":authority")).toLowerCase());
      case Attribute.HostName: return hostName(this.text(Attribute.Host));
      case Attribute.Method: return this.headers.get(utf8(":method"));
      case Attribute.Path: return this.path();
      case Attribute.Port: return this.port();
      case Attribute.ServerName: return this.stream.getProperty(utf8("connection\0requested_server_name"));
      case Attribute.Principal: return this.principal();
      case Attribute.RequestPrincipal: return this.requestPrincipal();
      default: return this.partOfPrincipal(attribute);
    }
  }

  private path(): Bytes {
    const path = this.paths.of(this.headers.get(utf8(":path")));
    return this.ignoresCase ? path.toLowerCase() : path;
  }

  private port(): Bytes {
    return BytesBuilder.create().addU64(this.stream.getPropertyU64(utf8("destination\0port"))).toBytes();
  }

  /** The name in the peer's certificate, a URI before a DNS name before its subject; nobody without mutual TLS. */
  private principal(): Bytes {
    const stream = this.stream;
    if (!stream.getPropertyBool(utf8("connection\0mtls"))) return Bytes.absent;
    const uri = stream.getProperty(utf8("connection\0uri_san_peer_certificate"));
    if (uri.length > 0) return uri;
    const dns = stream.getProperty(utf8("connection\0dns_san_peer_certificate"));
    return dns.length > 0 ? dns : stream.getProperty(utf8("connection\0subject_peer_certificate"));
  }

  /** Of `spiffe://<trust domain>/ns/<namespace>/sa/<service account>`. */
  private partOfPrincipal(attribute: Attribute): Bytes {
    const id = this.text(Attribute.Principal);
    if (!isSpiffeId(id)) return Bytes.absent;
    if (attribute == Attribute.TrustDomain) return trustDomainOf(id);
    const principal = principalOf(id);
    const start = principal.indexOf(utf8("/ns/")) + 4;
    const end = start < 4 ? -1 : principal.indexOfByte(SLASH, start);
    if (end < 0) return Bytes.absent;
    const namespace = principal.slice(start, end);
    if (attribute == Attribute.Namespace) return namespace;
    const account = principal.indexOf(utf8("/sa/"), end) + 4;
    if (account < 4) return Bytes.absent;
    const rest = principal.indexOfByte(SLASH, account);
    const name = principal.slice(account, rest < 0 ? principal.length : rest);
    return BytesBuilder.create().add(namespace).addByte(SLASH).add(name).toBytes();
  }

  /** Issuer and subject of the token. */
  private requestPrincipal(): Bytes {
    const claims = this.claims();
    const issuer = textClaim(claims, utf8("iss"));
    const subject = textClaim(claims, utf8("sub"));
    if (issuer.length == 0 || subject.length == 0) return Bytes.absent;
    return BytesBuilder.create().add(issuer).addByte(SLASH).add(subject).toBytes();
  }
}

/** A host without its port, whatever that is, and without a dot at the end. A colon in brackets is part of an address. */
function hostName(host: Bytes): Bytes {
  const colon = host.lastIndexOfByte(COLON);
  const end = colon > host.lastIndexOfByte(CLOSE_BRACKET) ? colon : host.length;
  return host.slice(0, host[end - 1] == DOT ? end - 1 : end);
}

/** A host whose name has no dot in front of its port. */
function withoutDot(host: Bytes): Bytes {
  const dot = host.indexOf(utf8(".:"));
  return dot < 0 ? host : BytesBuilder.create().add(host.slice(0, dot)).add(host.slice(dot + 1)).toBytes();
}
