import { HttpContext, Random, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CidrSet } from "./cidr-set";
import { ClientAddress } from "./client-address";
import { DecisionPath } from "./decision-path";
import { isGrpcRequest } from "./grpc-request";
import { HostMatch } from "./host-match";
import { LocationMatch } from "./location-match";
import { Matcher } from "./matcher";
import { Percentage } from "./percentage";

const MOST_PORT: u32 = 65535;

/** What the matches of a filter share: which path they see, whose address a request comes from, and what is drawn. */
export class MatchGround {
  readonly paths: DecisionPath = new DecisionPath();
  readonly random: Random = Random.seeded();
  client: ClientAddress = new ClientAddress();

  /** Reads the current field when it is one of those about it; false when it is another one. */
  readField(reader: ConfigReader): bool {
    if (!reader.at(utf8("client_ip"))) return this.paths.readField(reader);
    this.client = ClientAddress.read(reader);
    return true;
  }
}

/**
 * `match` with all that it may ask for: beside what {@link Matcher} knows hosts, ports, parameters of the query, cookies, addresses
 * of clients, gRPC, a share of the requests, and what must not hold.
 */
export class RequestMatcher extends Matcher {
  private readonly hosts: HostMatch[] = [];
  private readonly ports: u32[] = [];
  private readonly locations: LocationMatch[] = [];
  private sources: CidrSet | null = null;
  private fraction: Percentage = Percentage.all();
  private asksForGrpc: bool = false;
  private isGrpc: bool = false;
  private not: RequestMatcher | null = null;

  constructor(private readonly ground: MatchGround) {
    super(ground.paths);
  }

  /** Reads the object that the reader stands at. */
  static readWhole(reader: ConfigReader, ground: MatchGround): RequestMatcher {
    const matcher = new RequestMatcher(ground);
    matcher.readFields(reader);
    return matcher;
  }

  /** Whether a request, whose headers have just come, matches. */
  matchesRequest(stream: HttpContext): bool {
    const headers = stream.requestHeaders;
    if (!this.matches(headers) || !this.matchesHost(stream) || !this.matchesPort(stream)) return false;
    for (let i = 0; i < this.locations.length; i++) if (!this.locations[i].matches(headers)) return false;
    if (this.asksForGrpc && isGrpcRequest(stream) != this.isGrpc) return false;
    const not = this.not;
    if (!this.matchesSource(stream) || (not !== null && not.matchesRequest(stream))) return false;
    return this.fraction.includes(this.ground.random.u32());
  }

  protected override readField(reader: ConfigReader): bool {
    if (reader.at(utf8("hosts"))) this.readHosts(reader);
    else if (reader.at(utf8("ports"))) this.readPorts(reader);
    else if (reader.at(utf8("query_parameters"))) this.readParameters(reader);
    else if (reader.at(utf8("cookies"))) this.readCookies(reader);
    else if (reader.at(utf8("source_cidrs"))) this.sources = CidrSet.read(reader);
    else if (reader.at(utf8("runtime_fraction"))) this.fraction = Percentage.read(reader);
    else if (reader.at(utf8("grpc"))) this.readGrpc(reader);
    else if (reader.at(utf8("not"))) this.not = RequestMatcher.readWhole(reader, this.ground);
    else return super.readField(reader);
    return true;
  }

  private matchesHost(stream: HttpContext): bool {
    if (this.hosts.length == 0) return true;
    const authority = stream.requestHeaders.get(utf8(":authority"));
    for (let i = 0; i < this.hosts.length; i++) if (this.hosts[i].matches(authority)) return true;
    return false;
  }

  private matchesPort(stream: HttpContext): bool {
    return this.ports.length == 0 || this.ports.includes(<u32>stream.getPropertyU64(utf8("destination\0port")));
  }

  /** A client whose address nobody knows is in no range. */
  private matchesSource(stream: HttpContext): bool {
    const sources = this.sources;
    if (sources === null) return true;
    const address = this.ground.client.of(stream);
    return address !== null && sources.has(address);
  }

  private readHosts(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.hosts.push(HostMatch.read(reader));
  }

  private readPorts(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.ports.push(reader.readU32(1, MOST_PORT));
  }

  private readParameters(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.locations.push(LocationMatch.readParameter(reader));
  }

  private readCookies(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.locations.push(LocationMatch.readCookie(reader));
  }

  private readGrpc(reader: ConfigReader): void {
    this.asksForGrpc = true;
    this.isGrpc = reader.readBool();
  }
}
