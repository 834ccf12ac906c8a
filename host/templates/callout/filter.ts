import {
  Action, Bytes, CalloutHandler, Context, Counter, HeaderList, HttpContext, Status, utf8,
} from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { Config } from "./config";

/*
 * A request waits until another service was asked about it: 200 lets it go on, any other answer
 * refuses it with 403, none at all with 503.
 */

const OK: u32 = 200;
const GATEWAY_ERRORS: u32 = 500;

/** One configured plugin. */
export class TemplateNameRoot extends ConfiguredRoot {
  config: Config = new Config();
  allowed!: Counter;
  denied!: Counter;
  errors!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.allowed = this.defineCounter(utf8("template_name.allowed"));
    this.denied = this.defineCounter(utf8("template_name.denied"));
    this.errors = this.defineCounter(utf8("template_name.errors"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new TemplateName(id, this);
  }
}

class TemplateName extends HttpContext {
  constructor(id: u32, private readonly root: TemplateNameRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const config = this.root.config;
    const question = HeaderList.create()
      .add(utf8(":method"), utf8("GET"))
      .add(utf8(":path"), config.path.view)
      .add(utf8(":authority"), config.cluster.view)
      .add(utf8("x-original-path"), this.requestHeaders.get(utf8(":path")));
    const status = this.httpCall(config.cluster.view, question, Bytes.empty, config.timeoutMs, new Answer());
    if (status != Status.Ok) this.onNoAnswer();
    return Action.Pause;
  }

  onAnswer(status: u32): void {
    if (status == OK) {
      this.root.allowed.increment();
      this.continueRequest();
    } else if (status < GATEWAY_ERRORS) {
      this.root.denied.increment();
      this.sendLocalResponse(403, utf8("template_name_denied"));
    } else this.onNoAnswer();
  }

  onNoAnswer(): void {
    this.root.errors.increment();
    this.sendLocalResponse(503, utf8("template_name_unavailable"));
  }
}

/** The two ways in which the wait can end. The proxy answers 503 or 504 for a service that does not. */
class Answer extends CalloutHandler {
  onResponse(context: Context): void {
    (<TemplateName>context).onAnswer(context.calloutStatus);
  }

  onReset(context: Context): void {
    (<TemplateName>context).onNoAnswer();
  }
}
