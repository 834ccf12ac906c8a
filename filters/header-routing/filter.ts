import { Action, Bytes, Counter, HeaderMap, HttpContext, utf8 } from "@sluice/sdk";
import { ConfigReader, ConfiguredRoot } from "@sluice/sdk/config";
import { stripHeader } from "../common/strip-header";
import { Config, Route } from "./config";

/*
 * What a client sends in the routing headers is removed first. The first matching route then
 * writes the cluster, and for a split the variant, into them; the proxy's route table reads the
 * cluster with `cluster_header`.
 */

/** One configured plugin. */
export class HeaderRoutingRoot extends ConfiguredRoot {
  config: Config = new Config();
  routed!: Counter;
  unmatched!: Counter;

  protected override readConfig(reader: ConfigReader): void {
    this.config = Config.read(reader);
  }

  protected override start(): void {
    this.routed = this.defineCounter(utf8("header_routing.routed"));
    this.unmatched = this.defineCounter(utf8("header_routing.unmatched"));
  }

  override createHttpContext(id: u32): HttpContext {
    return new HeaderRouting(id, this);
  }
}

class HeaderRouting extends HttpContext {
  constructor(id: u32, private readonly root: HeaderRoutingRoot) {
    super(id);
  }

  override onRequestHeaders(endOfStream: bool): Action {
    const headers = this.requestHeaders;
    const config = this.root.config;
    stripHeader(headers, config.routeHeader.view);
    stripHeader(headers, config.variantHeader.view);
    const route = config.routeFor(this);
    if (route === null) this.root.unmatched.increment();
    else this.apply(route, headers);
    return Action.Continue;
  }

  private apply(route: Route, headers: HeaderMap): void {
    const config = this.root.config;
    const split = route.split;
    this.root.routed.increment();
    if (split === null) {
      headers.set(config.routeHeader.view, route.cluster.view);
      return;
    }
    const variant = split.choose(headers, config.ground.random.u32());
    headers.set(config.routeHeader.view, variant.cluster.view);
    headers.set(config.variantHeader.view, variant.name.view);
  }
}
