import { Bytes, BytesBuilder, CalloutHandler, Context, HeaderList, HeaderMap, HttpContext, OwnedBytes, utf8 } from "@sluice/sdk";
import { ConfigReader } from "@sluice/sdk/config";
import { HttpUri } from "../common/http-uri";
import { AnswerHeaders } from "./answer-headers";
import { addSized } from "./cache-key";
import { HeaderPairs } from "./header-pairs";
import { SentHeaders } from "./sent-headers";
import { AuthzService, Question } from "./service";
import { Outcome, Verdict, VerdictReceiver } from "./verdict";

const DEFAULT_TIMEOUT_MS: u32 = 200;

/** A service that is asked by a request of HTTP and answers by the status. */
export class HttpService extends AuthzService {
  uri: HttpUri = new HttpUri();
  /** The request is told by x-forwarded headers, and each 2xx lets it pass. */
  private isForwardAuth: bool = false;
  /** Stands in front of the request's path. */
  private pathPrefix: OwnedBytes = OwnedBytes.absent();
  private sent: SentHeaders = new SentHeaders();
  private answer: AnswerHeaders = new AnswerHeaders();

  /** Reads the object that the reader stands at. */
  static read(reader: ConfigReader): HttpService {
    const service = new HttpService();
    for (reader.enterObject(); reader.nextField(); ) {
      if (reader.at(utf8("mode"))) service.isForwardAuth = reader.readChoice(utf8("envoy or forward_auth")) == 1;
      else if (reader.at(utf8("http_uri"))) service.uri = HttpUri.read(reader, DEFAULT_TIMEOUT_MS);
      else if (reader.at(utf8("path_prefix"))) service.readPathPrefix(reader);
      else if (reader.at(utf8("authorization_request"))) service.sent = SentHeaders.read(reader);
      else if (reader.at(utf8("authorization_response"))) service.answer = AnswerHeaders.read(reader);
      else reader.unknownField();
    }
    if (service.uri.authority.view.isAbsent) reader.missing(utf8("http_uri"));
    if (service.isForwardAuth && service.pathPrefix.length > 0) reader.invalid(utf8("path_prefix with the mode envoy"));
    return service;
  }

  override question(stream: HttpContext): Question {
    const headers = stream.requestHeaders;
    const question = this.isForwardAuth ? this.forwarded(headers) : this.original(headers);
    this.sent.addTo(question, headers);
    return new HttpQuestion(this, question);
  }

  override strip(headers: HeaderMap): void {
    this.answer.strip(headers);
  }

  /** What the answer says that has just come. */
  verdict(context: Context): Verdict {
    const status = context.calloutStatus;
    if (status < 200 || status > 499) return new Verdict(Outcome.Error);
    const allows = this.isForwardAuth ? status < 300 : status == 200;
    const verdict = new Verdict(allows ? Outcome.Ok : Outcome.Denied);
    this.answer.take(verdict, context.calloutHeaders);
    if (allows) return verdict;
    verdict.status = status;
    verdict.body = context.calloutBody.read().toOwned();
    return verdict;
  }

  /** The request as it is, behind the prefix. */
  private original(headers: HeaderMap): HeaderPairs {
    const path = BytesBuilder.create().add(this.pathPrefix.view).add(headers.get(utf8(":path")));
    return new HeaderPairs()
      .add(utf8(":method"), headers.get(utf8(":method")))
      .add(utf8(":path"), path.toBytes())
      .add(utf8(":authority"), headers.get(utf8(":authority")));
  }

  private forwarded(headers: HeaderMap): HeaderPairs {
    const uri = this.uri;
    return new HeaderPairs()
      .add(utf8(":method"), utf8("GET"))
      .add(utf8(":path"), uri.path.view)
      .add(utf8(":authority"), uri.authority.view)
      .add(utf8("x-forwarded-method"), headers.get(utf8(":method")))
      .add(utf8("x-forwarded-proto"), headers.get(utf8(":scheme")))
      .add(utf8("x-forwarded-host"), headers.get(utf8(":authority")))
      .add(utf8("x-forwarded-uri"), headers.get(utf8(":path")));
  }

  private readPathPrefix(reader: ConfigReader): void {
    this.pathPrefix = reader.readText();
    const isPath = this.pathPrefix.view[0] == 0x2f && HeaderList.create().add(utf8(":path"), this.pathPrefix.view).isValid;
    if (!isPath) reader.invalid(utf8('a path such as "/check"'));
  }
}

class HttpQuestion extends Question {
  private body: OwnedBytes = OwnedBytes.absent();

  constructor(private readonly service: HttpService, private readonly headers: HeaderPairs) {
    super();
  }

  override setBody(body: Bytes, isPartial: bool, packsBytes: bool): void {
    this.body = body.toOwned();
    this.headers.add(utf8("x-envoy-auth-partial-body"), isPartial ? utf8("true") : utf8("false"));
  }

  override addTo(key: BytesBuilder): void {
    addSized(key, this.headers.toList().encode());
    key.add(this.body.view);
  }

  override send(asker: Context, receiver: VerdictReceiver): bool {
    return this.service.uri.send(asker, this.headers.toList(), this.body.view, new HttpAnswer(this.service, receiver));
  }
}

/** The two ways in which a question can end. */
class HttpAnswer extends CalloutHandler {
  constructor(private readonly service: HttpService, private readonly receiver: VerdictReceiver) {
    super();
  }

  onResponse(context: Context): void {
    this.receiver.onVerdict(context, this.service.verdict(context));
  }

  onReset(context: Context): void {
    this.receiver.onVerdict(context, new Verdict(Outcome.Error));
  }
}
