import { Bytes, HeaderMap, OwnedBytes, utf8 } from "@sluice/sdk";
import { CookieReader, cutCookies } from "./cookie-reader";
import { QueryReader, cutQueryParameters } from "./query-reader";

/**
 * Where a credential may stand in a request. All values count: of a header, a parameter or a cookie that is there twice nobody
 * knows which one the upstream will read.
 */
export abstract class Location {
  constructor(readonly name: OwnedBytes) {}

  /** Appends the credentials that stand there. */
  abstract find(headers: HeaderMap, credentials: Bytes[]): void;

  /** Takes them out of the request. */
  abstract remove(headers: HeaderMap): void;

  /** Whether it is this header. */
  isHeader(name: Bytes): bool {
    return false;
  }

  /** Appends the name of the header that it is, if it is one. */
  headerInto(names: OwnedBytes[]): void {
    if (this.isHeader(this.name.view)) names.push(this.name);
  }
}

/** A parameter of the query. */
export class ParameterLocation extends Location {
  find(headers: HeaderMap, credentials: Bytes[]): void {
    const target = headers.get(utf8(":path"));
    for (const reader = new QueryReader(target); reader.next(); ) {
      if (reader.isNamed(this.name.view)) credentials.push(reader.value);
    }
  }

  remove(headers: HeaderMap): void {
    headers.set(utf8(":path"), cutQueryParameters(headers.get(utf8(":path")), this.name.view));
  }
}

/** A cookie. */
export class CookieLocation extends Location {
  find(headers: HeaderMap, credentials: Bytes[]): void {
    const header = utf8("cookie");
    if (!headers.has(header)) return;
    for (let i = 0, count = headers.count(header); i < count; i++) {
      for (const reader = new CookieReader(headers.value(header, i)); reader.next(); ) {
        if (reader.name.equals(this.name.view)) credentials.push(reader.value);
      }
    }
  }

  remove(headers: HeaderMap): void {
    cutCookies(headers, this.name.view);
  }
}
