import { Bytes, utf8 } from "@sluice/sdk";
import { QueryReader } from "../common/query-reader";

/** What a provider sends a browser back with (RFC 6749 4.1.2, RFC 9207). A parameter that is there twice is none. */
export class Callback {
  state: Bytes = Bytes.absent;
  code: Bytes = Bytes.absent;
  error: Bytes = Bytes.absent;
  issuer: Bytes = Bytes.absent;
  /** Whether one of them is there twice. */
  isAmbiguous: bool = false;

  static read(target: Bytes): Callback {
    const callback = new Callback();
    for (const reader = new QueryReader(target); reader.next(); ) {
      if (reader.isNamed(utf8("state"))) callback.state = callback.only(callback.state, reader.value);
      else if (reader.isNamed(utf8("code"))) callback.code = callback.only(callback.code, reader.value);
      else if (reader.isNamed(utf8("error"))) callback.error = callback.only(callback.error, reader.value);
      else if (reader.isNamed(utf8("iss"))) callback.issuer = callback.only(callback.issuer, reader.value);
    }
    return callback;
  }

  private only(before: Bytes, value: Bytes): Bytes {
    if (!before.isAbsent) this.isAmbiguous = true;
    return value;
  }
}
