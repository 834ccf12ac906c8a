import { HeaderMap, HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DecisionPath } from "./decision-path";
import { isGrpcRequest } from "./grpc-request";
import { HeaderMatch } from "./header-match";
import { HostMatch } from "./host-match";
import { PathMatch } from "./path-match";
import { TextMatch } from "./text-match";

/** Whether something is wanted, and what. */
enum Asked {
  Nothing,
  No,
  Yes,
}

/**
 * `match` of a rule: all parts that are given must hold; an empty match holds always. `T` says how texts are compared, with
 * regular expressions or without.
 */
export class Matcher<T extends TextMatch> {
  private path: PathMatch<T> | null = null;
  private isCaseSensitive: bool = true;
  private readonly methods: OwnedBytes[] = [];
  private readonly hosts: HostMatch[] = [];
  private readonly headers: HeaderMatch<T>[] = [];
  private grpc: Asked = Asked.Nothing;
  private not: Matcher<T> | null = null;

  /** `paths` says which path of a request rules see. */
  constructor(private readonly paths: DecisionPath) {}

  /** Reads the object that the reader stands at. */
  read(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) if (!this.readField(reader)) reader.unknownField();
    const path = this.path;
    if (!this.isCaseSensitive && path !== null) path.ignoreCase(reader);
  }

  /** Whether a request, whose headers have just come, matches. */
  matches(stream: HttpContext): bool {
    const headers = stream.requestHeaders;
    if (!this.matchesMethod(headers) || !this.matchesPath(headers) || !this.matchesHost(headers)) return false;
    if (!this.matchesHeaders(headers)) return false;
    if (this.grpc != Asked.Nothing && isGrpcRequest(stream) != (this.grpc == Asked.Yes)) return false;
    const not = this.not;
    return not === null || !not.matches(stream);
  }

  /** One without parts, for what must not hold. */
  protected another(): Matcher<T> {
    return new Matcher<T>(this.paths);
  }

  /** Reads the current field when it is known; false when it is not. */
  protected readField(reader: ConfigReader): bool {
    if (reader.at(utf8("path"))) this.path = PathMatch.read<T>(reader);
    else if (reader.at(utf8("case_sensitive"))) this.isCaseSensitive = reader.readBool();
    else if (reader.at(utf8("methods"))) this.readMethods(reader);
    else if (reader.at(utf8("hosts"))) this.readHosts(reader);
    else if (reader.at(utf8("headers"))) this.readHeaders(reader);
    else if (reader.at(utf8("grpc"))) this.grpc = reader.readBool() ? Asked.Yes : Asked.No;
    else if (reader.at(utf8("not"))) this.readNot(reader);
    else return false;
    return true;
  }

  private matchesMethod(headers: HeaderMap): bool {
    if (this.methods.length == 0) return true;
    const method = headers.get(utf8(":method"));
    for (let i = 0; i < this.methods.length; i++) if (this.methods[i].view.equals(method)) return true;
    return false;
  }

  private matchesPath(headers: HeaderMap): bool {
    const path = this.path;
    return path === null || path.matches(this.paths.of(headers.get(utf8(":path"))));
  }

  private matchesHost(headers: HeaderMap): bool {
    if (this.hosts.length == 0) return true;
    const authority = headers.get(utf8(":authority"));
    for (let i = 0; i < this.hosts.length; i++) if (this.hosts[i].matches(authority)) return true;
    return false;
  }

  private matchesHeaders(headers: HeaderMap): bool {
    for (let i = 0; i < this.headers.length; i++) if (!this.headers[i].matches(headers)) return false;
    return true;
  }

  private readMethods(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.methods.push(reader.readText());
  }

  private readHosts(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.hosts.push(HostMatch.read(reader));
  }

  private readHeaders(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.headers.push(HeaderMatch.read<T>(reader));
  }

  private readNot(reader: ConfigReader): void {
    const not = this.another();
    not.read(reader);
    this.not = not;
  }
}
