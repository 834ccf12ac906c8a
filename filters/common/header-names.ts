import { Bytes, HeaderMap, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { mayBeSent } from "./sendable";
import { TextMatch } from "./text-match";
import { stripHeader } from "./strip-header";

/** Envoy's `ListStringMatcher` for names of headers: `{"patterns": [{"exact": "x-user"}]}`. */
export class HeaderNames {
  private readonly patterns: TextMatch[] = [];

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): HeaderNames {
    const names = new HeaderNames();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("patterns"))) names.readPatterns(reader);
      else reader.unknownField();
    }
    if (names.isEmpty) reader.missing(utf8("patterns"));
    return names;
  }

  get isEmpty(): bool {
    return this.patterns.length == 0;
  }

  /** Whether a name, in lower case, is one of them. */
  has(name: Bytes): bool {
    for (let i = 0; i < this.patterns.length; i++) if (this.patterns[i].matches(name)) return true;
    return false;
  }

  /** Removes them from a message, but for those that it cannot be without. */
  strip(headers: HeaderMap): void {
    for (let i = headers.size - 1; i >= 0 && !this.isEmpty; i--) {
      const name = headers.nameAt(i);
      if (this.has(name) && mayBeSent(name, Bytes.empty)) stripHeader(headers, name);
    }
  }

  private readPatterns(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) this.patterns.push(TextMatch.readForNames(reader));
  }
}
