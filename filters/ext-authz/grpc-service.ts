import {
  Bytes, BytesBuilder, Context, GrpcCallHandler, GrpcStatus, HeaderMap, HttpContext, OwnedBytes, ProtoWriter, utf8,
} from "@sluice/sdk";
import { ConfigReader, toMillis } from "@sluice/sdk/config";
import { encodeCheck, encodeHeader, encodeHttp, encodePeers, textOf } from "./check-request";
import { decodeCheck } from "./check-response";
import { HeaderPairs } from "./header-pairs";
import { AuthzService, Question } from "./service";
import { ShownHeaders } from "./shown-headers";
import { Outcome, Verdict, VerdictReceiver } from "./verdict";

const DEFAULT_TIMEOUT_MS: u32 = 200;
/** Fields of `HttpRequest`. */
const HEADERS: u32 = 3;
const BODY: u32 = 11;
const RAW_BODY: u32 = 12;

/** A service that is asked by `envoy.service.auth.v3.Authorization`. */
export class GrpcService extends AuthzService {
  cluster: OwnedBytes = OwnedBytes.absent();
  /** Absent = the name of the cluster. */
  authority: OwnedBytes = OwnedBytes.absent();
  timeoutMs: u32 = DEFAULT_TIMEOUT_MS;
  principal: OwnedBytes = OwnedBytes.absent();
  private readonly shown: ShownHeaders = new ShownHeaders(true);

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): GrpcService {
    const service = new GrpcService();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("cluster"))) service.cluster = reader.readText();
      else if (reader.at(utf8("authority"))) service.authority = reader.readText();
      else if (reader.at(utf8("timeout"))) service.timeoutMs = <u32>toMillis(reader.readDurationNanos());
      else if (reader.at(utf8("principal_header"))) service.principal = reader.readHeaderName();
      else if (!service.shown.readField(reader)) reader.unknownField();
    }
    if (service.cluster.length == 0) reader.missing(utf8("cluster"));
    return service;
  }

  override question(stream: HttpContext): Question {
    const http = encodeHttp(stream);
    const shown = new HeaderPairs();
    this.shown.addTo(shown, stream.requestHeaders);
    for (let i = 0; i < shown.names.length; i++) http.bytes(HEADERS, encodeHeader(shown.names[i].view, shown.values[i].view));
    const nanos = stream.getPropertyTimestamp(utf8("request\0time"));
    return new GrpcQuestion(this, encodePeers(stream).toOwned(), nanos, http.toBytes().toOwned());
  }

  /** What it may set is not known beforehand. */
  override strip(headers: HeaderMap): void {}
}

class GrpcQuestion extends Question {
  /** Further fields of `HttpRequest`. */
  private more: OwnedBytes = OwnedBytes.absent();

  constructor(
    private readonly service: GrpcService,
    private readonly peers: OwnedBytes,
    private readonly nanos: i64,
    private readonly http: OwnedBytes,
  ) {
    super();
  }

  override setBody(body: Bytes, isPartial: bool, packsBytes: bool): void {
    const header = encodeHeader(utf8("x-envoy-auth-partial-body"), isPartial ? utf8("true") : utf8("false"));
    const more = ProtoWriter.create().bytes(HEADERS, header);
    if (packsBytes) more.bytes(RAW_BODY, body);
    else more.bytes(BODY, textOf(body));
    this.more = more.toBytes().toOwned();
  }

  override addTo(key: BytesBuilder): void {
    key.add(this.http.view).add(this.more.view);
  }

  override send(asker: Context, receiver: VerdictReceiver): bool {
    const service = this.service;
    const http = BytesBuilder.create().add(this.http.view).add(this.more.view).toBytes();
    const call = asker.grpcCall(
      service.cluster.view, utf8("envoy.service.auth.v3.Authorization"), utf8("Check"), null,
      encodeCheck(this.peers.view, this.nanos, http), service.timeoutMs, new GrpcAnswer(service, receiver), service.authority.view,
    );
    return call !== null;
  }
}

/** The two ways in which a question can end. */
class GrpcAnswer extends GrpcCallHandler {
  constructor(private readonly service: GrpcService, private readonly receiver: VerdictReceiver) {
    super();
  }

  override onResponse(context: Context, message: Bytes): void {
    this.receiver.onVerdict(context, decodeCheck(message, this.service.principal.view));
  }

  override onFailure(context: Context, status: GrpcStatus, message: Bytes): void {
    this.receiver.onVerdict(context, new Verdict(Outcome.Error));
  }
}
