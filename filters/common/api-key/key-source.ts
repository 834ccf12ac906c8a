import { Bytes, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { CookieLocation, Location, ParameterLocation } from "../location";

/** A header whose value is the key, with or without the scheme Bearer. */
class HeaderLocation extends Location {
  find(headers: HeaderMap, keys: Bytes[]): void {
    const name = this.name.view;
    if (!headers.has(name)) return;
    for (let i = 0, count = headers.count(name); i < count; i++) keys.push(keyOf(headers.value(name, i)));
  }

  remove(headers: HeaderMap): void {
    if (headers.has(this.name.view)) headers.remove(this.name.view);
  }

  override isHeader(name: Bytes): bool {
    return this.name.view.equals(name);
  }
}

function keyOf(value: Bytes): Bytes {
  const scheme = utf8("Bearer ");
  return value.startsWithIgnoreCase(scheme) ? value.slice(scheme.length).trim() : value;
}

/** Reads `{header|query|cookie}`: where a key may stand. */
export function readKeySource(reader: ConfigReader): Location {
  let source: Location = new HeaderLocation(OwnedBytes.absent());
  let count = 0;
  for (reader.enterObject(); reader.nextField(); count++) {
    if (reader.at(utf8("header"))) source = new HeaderLocation(reader.readHeaderName());
    else if (reader.at(utf8("query"))) source = new ParameterLocation(reader.readText());
    else if (reader.at(utf8("cookie"))) source = new CookieLocation(reader.readText());
    else reader.unknownField();
  }
  if (count != 1) reader.invalid(utf8("exactly one of header, query, cookie"));
  return source;
}
