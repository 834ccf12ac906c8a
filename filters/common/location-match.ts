import { Bytes, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CookieLocation, Location, ParameterLocation } from "./location";
import { StringMatch } from "./string-match";
import { readText } from "./text-match";

/** `{name, string_match | present_match}` for a parameter of the query or a cookie; of several values any may hold. */
export class LocationMatch {
  private text: StringMatch | null = null;
  private present: bool = true;
  private readonly seen: Bytes[] = [];

  private constructor(private location: Location) {}

  static readParameter(reader: ConfigReader): LocationMatch {
    const match = new LocationMatch(new ParameterLocation(OwnedBytes.absent()));
    const name = match.readFields(reader);
    match.location = new ParameterLocation(name);
    return match;
  }

  static readCookie(reader: ConfigReader): LocationMatch {
    const match = new LocationMatch(new CookieLocation(OwnedBytes.absent()));
    const name = match.readFields(reader);
    match.location = new CookieLocation(name);
    return match;
  }

  matches(headers: HeaderMap): bool {
    const text = this.text;
    const seen = this.seen;
    seen.length = 0;
    this.location.find(headers, seen);
    if (text === null) return seen.length > 0 == this.present;
    for (let i = 0; i < seen.length; i++) if (text.matches(seen[i])) return true;
    return false;
  }

  /** Gives the name. */
  private readFields(reader: ConfigReader): OwnedBytes {
    let name = OwnedBytes.absent();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("name"))) name = reader.readText();
      else if (reader.at(utf8("string_match"))) this.text = readText<StringMatch>(reader);
      else if (reader.at(utf8("present_match"))) this.present = reader.readBool();
      else reader.unknownField();
    }
    if (name.length == 0) reader.missing(utf8("name"));
    return name;
  }
}
