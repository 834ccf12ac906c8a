import { HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CidrSet } from "./cidr-set";
import { LocationMatch } from "./location-match";
import { Matcher } from "./matcher";
import { Percentage } from "./percentage";
import { RequestGround } from "./request-ground";
import { StringMatch } from "./string-match";

const MOST_PORT: u32 = 65535;

/**
 * `match` with all that it may ask for: beside what {@link Matcher} knows ports, parameters of the query, cookies, addresses of
 * clients and a share of the requests. It takes a sixth of a module more.
 */
export class RequestMatcher extends Matcher<StringMatch> {
  private readonly ports: u32[] = [];
  private readonly locations: LocationMatch[] = [];
  private sources: CidrSet | null = null;
  private fraction: Percentage = Percentage.all();

  constructor(private readonly ground: RequestGround) {
    super(ground.paths);
  }

  override matches(stream: HttpContext): bool {
    if (!super.matches(stream) || !this.matchesPort(stream)) return false;
    const headers = stream.requestHeaders;
    for (let i = 0; i < this.locations.length; i++) if (!this.locations[i].matches(headers)) return false;
    return this.matchesSource(stream) && this.fraction.includes(this.ground.random.u32());
  }

  protected override another(): Matcher<StringMatch> {
    return new RequestMatcher(this.ground);
  }

  protected override readField(reader: ConfigReader): bool {
    if (reader.at(utf8("ports"))) this.readPorts(reader);
    else if (reader.at(utf8("query_parameters"))) this.readParameters(reader);
    else if (reader.at(utf8("cookies"))) this.readCookies(reader);
    else if (reader.at(utf8("source_cidrs"))) this.sources = CidrSet.read(reader);
    else if (reader.at(utf8("runtime_fraction"))) this.fraction = Percentage.read(reader);
    else return super.readField(reader);
    return true;
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

  private readPorts(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.ports.push(reader.readU32(1, MOST_PORT));
  }

  private readParameters(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.locations.push(LocationMatch.readParameter(reader));
  }

  private readCookies(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.locations.push(LocationMatch.readCookie(reader));
  }
}
