import { HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { DecisionPath } from "../common/decision-path";
import { TextMatch } from "../common/text-match";

/** `{path, methods}`: both must hold when they are given; an empty match holds always. */
export class OpenMatch {
  private readonly paths: DecisionPath = new DecisionPath();
  private path: TextMatch | null = null;
  private readonly methods: OwnedBytes[] = [];

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): OpenMatch {
    const match = new OpenMatch();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("path"))) match.readPath(reader);
      else if (reader.at(utf8("methods"))) match.readMethods(reader);
      else reader.unknownField();
    }
    return match;
  }

  matches(headers: HeaderMap): bool {
    const path = this.path;
    return this.matchesMethod(headers) && (path === null || path.matches(this.paths.of(headers.get(utf8(":path")))));
  }

  private matchesMethod(headers: HeaderMap): bool {
    const method = headers.get(utf8(":method"));
    for (let i = 0; i < this.methods.length; i++) if (this.methods[i].view.equals(method)) return true;
    return this.methods.length == 0;
  }

  private readPath(reader: ConfigReader): void {
    const path = new TextMatch();
    let kinds = 0;
    for (reader.enterObject(); reader.nextField(); kinds++) if (!path.takeKind(reader)) reader.unknownField();
    if (kinds != 1) reader.invalid(utf8("exactly one of exact, prefix, suffix, contains"));
    this.path = path;
  }

  private readMethods(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.methods.push(reader.readText());
  }
}
