import { Bytes, BytesBuilder, CalloutHandler, Context, HeaderList, OwnedBytes, Status, utf8 } from "@sluice/sdk";
import { ConfigReader, toMillis } from "@sluice/sdk/config";

const SLASH: u8 = 0x2f;
const DEFAULT_TIMEOUT_MS: u32 = 5000;
const NANOS_PER_MILLI: u64 = 1000000;

/** Envoy's `HttpUri`: `{uri, cluster, timeout}`, something to be fetched over a cluster. */
export class HttpUri {
  authority: OwnedBytes = OwnedBytes.absent();
  path: OwnedBytes = OwnedBytes.absent();
  private cluster: OwnedBytes = OwnedBytes.absent();
  private timeoutMs: u32 = DEFAULT_TIMEOUT_MS;

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader, defaultTimeoutMs: u32 = DEFAULT_TIMEOUT_MS): HttpUri {
    const uri = new HttpUri();
    uri.timeoutMs = defaultTimeoutMs;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("uri"))) uri.readUri(reader);
      else if (reader.at(utf8("cluster"))) uri.cluster = reader.readText();
      else if (reader.at(utf8("timeout"))) uri.timeoutMs = <u32>toMillis(reader.readDurationNanos());
      else reader.unknownField();
    }
    if (uri.authority.view.isAbsent) reader.missing(utf8("uri"));
    if (uri.cluster.length == 0) reader.missing(utf8("cluster"));
    return uri;
  }

  /** Whether it was read. */
  get isWhole(): bool {
    return this.cluster.length > 0;
  }

  /** Another URI over the same cluster; null when it is none that can be fetched. */
  at(uri: Bytes): HttpUri | null {
    const other = new HttpUri();
    other.cluster = this.cluster;
    other.timeoutMs = this.timeoutMs;
    return other.point(uri) ? other : null;
  }

  /** Longest time that a call may take. */
  get timeoutNanos(): u64 {
    return <u64>this.timeoutMs * NANOS_PER_MILLI;
  }

  /** What is fetched from where, as text. */
  get place(): Bytes {
    const place = BytesBuilder.create().add(this.cluster.view).addByte(0x20);
    return place.add(this.authority.view).add(this.path.view).toBytes();
  }

  /** Sends a GET for it. False when it could not be sent: no outcome follows. */
  fetch(context: Context, handler: CalloutHandler): bool {
    return this.send(context, this.question(), Bytes.empty, handler);
  }

  /** Sends a POST of a form (`application/x-www-form-urlencoded`) to it. False when it could not be sent: no outcome follows. */
  postForm(context: Context, headers: HeaderList, form: Bytes, handler: CalloutHandler): bool {
    headers
      .add(utf8(":method"), utf8("POST"))
      .add(utf8(":path"), this.path.view)
      .add(utf8(":authority"), this.authority.view)
      .add(utf8("content-type"), utf8("application/x-www-form-urlencoded"));
    return this.send(context, headers, form, handler);
  }

  /** Sends another request over its cluster. False when it could not be sent: no outcome follows. */
  send(context: Context, headers: HeaderList, body: Bytes, handler: CalloutHandler): bool {
    return context.httpCall(this.cluster.view, headers, body, this.timeoutMs, handler) == Status.Ok;
  }

  private question(): HeaderList {
    return HeaderList.create()
      .add(utf8(":method"), utf8("GET"))
      .add(utf8(":path"), this.path.view)
      .add(utf8(":authority"), this.authority.view);
  }

  private readUri(reader: ConfigReader): void {
    if (!this.point(reader.readText().view)) reader.invalid(utf8('a URI such as "https://a.test/list"'));
  }

  /** Takes authority and path of a URI; false when it is none that can be fetched. */
  private point(uri: Bytes): bool {
    const start = schemeLength(uri);
    const slash = uri.indexOfByte(SLASH, start);
    this.authority = uri.slice(start, slash < 0 ? uri.length : slash).toOwned();
    this.path = (slash < 0 ? utf8("/") : uri.slice(slash)).toOwned();
    return start > 0 && this.authority.length > 0 && uri.indexOfByte(0x23) < 0 && this.question().isValid;
  }
}

/** Of `http://` or `https://`; 0 when there is neither. */
function schemeLength(uri: Bytes): i32 {
  if (uri.startsWith(utf8("http://"))) return 7;
  return uri.startsWith(utf8("https://")) ? 8 : 0;
}
