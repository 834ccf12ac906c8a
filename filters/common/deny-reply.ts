import { Action, Bytes, GrpcStatus, HeaderList, HttpContext, JsonWriter, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { isGrpcRequest } from "./grpc-request";
import { mayBeSent } from "./sendable";

const LEAST_STATUS: u32 = 400;
const MOST_STATUS: u32 = 599;
const MOST_GRPC_STATUS: u32 = 16;

/** `deny_response`: what a client gets that may not pass. A client of gRPC gets it as status and message of gRPC. */
export class DenyReply {
  private grpcStatus: GrpcStatus = GrpcStatus.None;
  /** Absent = text/plain, which the proxy sets. */
  private contentType: OwnedBytes = OwnedBytes.absent();
  private readonly names: OwnedBytes[] = [];
  private readonly values: OwnedBytes[] = [];
  /** The body of problem details; absent = the text is the body. */
  private problem: OwnedBytes = OwnedBytes.absent();

  /** The reply of a filter that is configured without one. */
  constructor(private status: u32, private text: OwnedBytes) {}

  /** Takes from the object that the reader stands at what it names. */
  read(reader: ConfigReader): void {
    let isProblem = false;
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("status"))) this.status = reader.readU32(LEAST_STATUS, MOST_STATUS);
      else if (reader.at(utf8("body"))) this.text = reader.readText();
      else if (reader.at(utf8("content_type"))) this.readContentType(reader);
      else if (reader.at(utf8("error_format"))) isProblem = reader.readChoice(utf8("text or problem_json")) == 1;
      else if (reader.at(utf8("headers"))) this.readHeaders(reader);
      else if (reader.at(utf8("grpc_status"))) this.grpcStatus = reader.readU32(1, MOST_GRPC_STATUS);
      else reader.unknownField();
    }
    const hasType = !this.contentType.view.isAbsent;
    if (hasType && isProblem) reader.invalid(utf8("content_type or error_format problem_json"));
    if (isProblem) this.makeProblem();
  }

  /** Ends the request; `details` says why, in the access log, `challenge` what a client should show (RFC 9110 11.6.1). */
  send(stream: HttpContext, details: Bytes, challenge: Bytes = Bytes.absent): Action {
    const headers = HeaderList.create();
    if (!challenge.isAbsent) headers.add(utf8("www-authenticate"), challenge);
    return this.sendWith(stream, details, headers);
  }

  /** The same with headers of the filter in front of those of the configuration. */
  sendWith(stream: HttpContext, details: Bytes, headers: HeaderList): Action {
    const isGrpc = isGrpcRequest(stream);
    const body = isGrpc || this.problem.view.isAbsent ? this.text.view : this.problem.view;
    this.addHeaders(headers, isGrpc);
    stream.sendLocalResponse(this.status, details, body, headers, this.grpcStatus);
    return Action.Pause;
  }

  private addHeaders(headers: HeaderList, isGrpc: bool): void {
    const type = this.contentType.view;
    if (!isGrpc && !type.isAbsent) headers.add(utf8("content-type"), type);
    for (let i = 0; i < this.names.length; i++) headers.add(this.names[i].view, this.values[i].view);
  }

  /** Problem details (RFC 9457) of the type about:blank. */
  private makeProblem(): void {
    const json = JsonWriter.create().beginObject().name(utf8("status")).uint(this.status);
    this.problem = json.name(utf8("detail")).string(this.text.view).endObject().toBytes().toOwned();
    this.contentType = utf8("application/problem+json").toOwned();
  }

  private readContentType(reader: ConfigReader): void {
    this.contentType = reader.readText();
    if (!mayBeSent(utf8("content-type"), this.contentType.view)) reader.invalid(utf8("a media type"));
  }

  private readHeaders(reader: ConfigReader): void {
    for (reader.enterArray(); reader.nextItem(); ) {
      const pair: OwnedBytes[] = [];
      for (reader.enterArray(); reader.nextItem(); ) {
        pair.push(pair.length == 0 ? reader.readHeaderName() : reader.readText());
      }
      if (pair.length != 2 || !mayBeSent(pair[0].view, pair[1].view)) {
        return reader.invalid(utf8("a name and a value that may be sent"));
      }
      this.names.push(pair[0]);
      this.values.push(pair[1]);
    }
  }
}
