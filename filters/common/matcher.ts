import { HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DecisionPath } from "./decision-path";
import { HeaderMatch } from "./header-match";
import { PathMatch } from "./path-match";

/** `match` of a rule: all parts that are given must hold; an empty match holds always. */
export class Matcher {
  private path: PathMatch | null = null;
  private isCaseSensitive: bool = true;
  private readonly methods: OwnedBytes[] = [];
  private readonly headers: HeaderMatch[] = [];

  /** `paths` says which path of a request rules see. */
  constructor(private readonly paths: DecisionPath = new DecisionPath()) {}

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader, paths: DecisionPath = new DecisionPath()): Matcher {
    const matcher = new Matcher(paths);
    matcher.readFields(reader);
    return matcher;
  }

  matches(headers: HeaderMap): bool {
    return this.matchesMethod(headers) && this.matchesPath(headers) && this.matchesHeaders(headers);
  }

  protected readFields(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) if (!this.readField(reader)) reader.unknownField();
    const path = this.path;
    if (!this.isCaseSensitive && path !== null) path.ignoreCase(reader);
  }

  /** Reads the current field when it is known; false when it is not. */
  protected readField(reader: ConfigReader): bool {
    if (reader.at(utf8("path"))) this.path = PathMatch.read(reader);
    else if (reader.at(utf8("case_sensitive"))) this.isCaseSensitive = reader.readBool();
    else if (reader.at(utf8("methods"))) this.readMethods(reader);
    else if (reader.at(utf8("headers"))) this.readHeaders(reader);
    else return false;
    return true;
  }

  private matchesMethod(headers: HeaderMap): bool {
    if (this.methods.length == 0) return true;
    const method = headers.get(utf8(":method"));
    for (let i = 0; i < this.methods.length; i++) {
      if (this.methods[i].view.equals(method)) return true;
    }
    return false;
  }

  private matchesPath(headers: HeaderMap): bool {
    const path = this.path;
    return path === null || path.matches(this.paths.of(headers.get(utf8(":path"))));
  }

  private matchesHeaders(headers: HeaderMap): bool {
    for (let i = 0; i < this.headers.length; i++) {
      if (!this.headers[i].matches(headers)) return false;
    }
    return true;
  }

  private readMethods(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.methods.push(reader.readText());
  }

  private readHeaders(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.headers.push(HeaderMatch.read(reader));
  }
}
