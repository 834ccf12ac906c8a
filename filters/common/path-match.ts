import { Bytes, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { Regex } from "@sluice/sdk/regex";
import { expressionOf } from "./path-template";
import { StringMatch } from "./string-match";

/** `path` of a match: `{exact|prefix|suffix|contains|safe_regex|path_template}`, for a decision path. */
export class PathMatch {
  private readonly text: StringMatch = new StringMatch();
  /** Of a template. */
  private expression: OwnedBytes = OwnedBytes.absent();
  private template: Regex | null = null;

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): PathMatch {
    const match = new PathMatch();
    let kinds = 0;
    for (reader.enterObject(); reader.nextField(); kinds++) {
      if (reader.at(utf8("path_template"))) match.readTemplate(reader);
      else if (!match.text.takeKind(reader)) reader.unknownField();
    }
    if (kinds != 1) reader.invalid(utf8("exactly one kind of path"));
    return match;
  }

  /** ASCII letters compare without case. */
  ignoreCase(reader: ConfigReader): void {
    if (this.template !== null) this.template = new Regex(this.expression.view, true);
    else this.text.foldCase(reader);
  }

  matches(path: Bytes): bool {
    const template = this.template;
    return template !== null ? template.matches(path) : this.text.matches(path);
  }

  private readTemplate(reader: ConfigReader): void {
    const expression = expressionOf(reader.readText().view);
    if (expression.isAbsent) reader.invalid(utf8('a template such as "/users/{*}/orders/{**}"'));
    this.expression = expression.toOwned();
    this.template = new Regex(expression);
  }
}
