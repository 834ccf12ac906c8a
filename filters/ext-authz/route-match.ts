import { HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DecisionPath } from "../common/decision-path";

/** `match` of a rule, by path and method alone; an empty match holds always. */
export class RouteMatch {
  private readonly paths: DecisionPath = new DecisionPath();
  private exactPath: OwnedBytes = OwnedBytes.absent();
  private prefixPath: OwnedBytes = OwnedBytes.absent();
  private readonly methods: OwnedBytes[] = [];

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): RouteMatch {
    const match = new RouteMatch();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("path"))) match.readPath(reader);
      else if (reader.at(utf8("methods"))) match.readMethods(reader);
      else reader.unknownField();
    }
    return match;
  }

  matches(headers: HeaderMap): bool {
    return this.matchesMethod(headers) && this.matchesPath(headers);
  }

  private matchesMethod(headers: HeaderMap): bool {
    const method = headers.get(utf8(":method"));
    for (let i = 0; i < this.methods.length; i++) if (this.methods[i].view.equals(method)) return true;
    return this.methods.length == 0;
  }

  private matchesPath(headers: HeaderMap): bool {
    const exact = this.exactPath.view;
    const prefix = this.prefixPath.view;
    if (exact.isAbsent && prefix.isAbsent) return true;
    const path = this.paths.of(headers.get(utf8(":path")));
    return exact.isAbsent ? path.startsWith(prefix) : path.equals(exact);
  }

  private readPath(reader: ConfigReader): void {
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("exact"))) this.exactPath = reader.readText();
      else if (reader.at(utf8("prefix"))) this.prefixPath = reader.readText();
      else reader.unknownField();
    }
    if (this.exactPath.view.isAbsent == this.prefixPath.view.isAbsent) reader.invalid(utf8("exactly one of exact, prefix"));
  }

  private readMethods(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.methods.push(reader.readText());
  }
}
