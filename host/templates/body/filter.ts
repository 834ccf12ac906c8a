import { Action, Bytes, BytesBuilder, Counter, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { Config } from "./config";

/*
 * A response body is held until its end, changed as a whole and sent on. A word may be cut by the
 * parts in which a body arrives: one that looks at parts would miss it.
 */

/** One configured plugin. */
export class TemplateNameRoot extends ConfiguredRoot {
  config: Config = new Config();
  replaced!: Counter;
  tooLarge!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.replaced = this.defineCounter(utf8("template_name.replaced"));
    this.tooLarge = this.defineCounter(utf8("template_name.too_large"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new TemplateName(id, this);
  }
}

class TemplateName extends HttpContext {
  private passes: bool = false;

  constructor(id: u32, private readonly root: TemplateNameRoot) {
    super(id);
  }

  override onResponseHeaders(endOfStream: bool): Action {
    // The length that the upstream announced will not hold.
    if (!endOfStream) this.prepareResponseBodyChange();
    return Action.Continue;
  }

  override onResponseBody(size: u32, endOfStream: bool): Action {
    if (this.passes) return Action.Continue;
    if (size > this.root.config.maxBodyBytes) return this.pass();
    if (!endOfStream) return Action.Pause;
    this.replaceIn(this.responseBody.read());
    return Action.Continue;
  }

  private pass(): Action {
    this.passes = true;
    this.root.tooLarge.increment();
    return Action.Continue;
  }

  private replaceIn(body: Bytes): void {
    const find = this.root.config.find.view;
    let at = body.indexOf(find);
    if (at < 0) return;
    const changed = BytesBuilder.create();
    let start = 0;
    for (; at >= 0; at = body.indexOf(find, start)) {
      changed.add(body.slice(start, at)).add(this.root.config.replace.view);
      start = at + find.length;
      this.root.replaced.increment();
    }
    this.responseBody.replaceAll(changed.add(body.slice(start)).toBytes());
  }
}
