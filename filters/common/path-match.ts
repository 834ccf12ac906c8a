import { Bytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { PathTemplate } from "./path-template";
import { TextMatch } from "./text-match";

/** `path` of a match for a decision path: `{path_template}`, or what a text may be compared with. */
export class PathMatch<T extends TextMatch> {
  private template: PathTemplate | null = null;
  private readonly text: T = instantiate<T>();

  /** Reads the object that the reader stands at. */
  static read<T extends TextMatch>(reader: ConfigReader): PathMatch<T> {
    const match = new PathMatch<T>();
    let kinds = 0;
    for (reader.enterObject(); reader.nextField(); kinds++) {
      if (reader.at(utf8("path_template"))) match.readTemplate(reader);
      else if (!match.text.takeKind(reader)) reader.unknownField();
    }
    if (kinds != 1) reader.invalid(utf8("one kind of path"));
    return match;
  }

  /** ASCII letters compare without case. */
  ignoreCase(reader: ConfigReader): void {
    const template = this.template;
    if (template !== null) template.fold();
    else this.text.fold(reader);
  }

  matches(path: Bytes): bool {
    const template = this.template;
    return template !== null ? template.matches(path) : this.text.matches(path);
  }

  private readTemplate(reader: ConfigReader): void {
    this.template = PathTemplate.parse(reader.readText().view, true);
    if (this.template === null) reader.invalid(utf8('a template such as "/a/{*}/b/{**}"'));
  }
}
