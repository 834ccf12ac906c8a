import { Bytes, utf8 } from "@sluice/sdk";

/** What of a request a rule may ask for. Those in front of `Header` are one text, or none. */
export enum Attribute {
  /** With its port. */
  Host,
  HostName,
  Method,
  Path,
  Port,
  ServerName,
  Principal,
  Namespace,
  ServiceAccount,
  TrustDomain,
  RequestPrincipal,
  /** Has a name. */
  Header,
  /** Has a path of names; one of what a filter of the proxy has said also that filter's name. */
  Claim,
  /** Has a name. */
  Property,
  SourceAddress,
  RemoteAddress,
  DestinationAddress,
  Time,
}

/** The key by which a condition (`when`) asks for it; absent when it has none, or one with a name of its own. */
export function keyOf(attribute: Attribute): Bytes {
  switch (attribute) {
    case Attribute.Port: return utf8("destination.port");
    case Attribute.ServerName: return utf8("connection.sni");
    case Attribute.Principal: return utf8("source.principal");
    case Attribute.Namespace: return utf8("source.namespace");
    case Attribute.ServiceAccount: return utf8("source.serviceAccount");
    case Attribute.TrustDomain: return utf8("source.trustDomain");
    case Attribute.RequestPrincipal: return utf8("request.auth.principal");
    case Attribute.SourceAddress: return utf8("source.ip");
    case Attribute.RemoteAddress: return utf8("remote.ip");
    case Attribute.DestinationAddress: return utf8("destination.ip");
    case Attribute.Time: return utf8("time.utc");
    default: return Bytes.absent;
  }
}
