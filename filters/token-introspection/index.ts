import { RootContext, registerRoot } from "@sluice/sdk";
import { TokenIntrospectionRoot } from "./filter";

export * from "@sluice/sdk/exports/callouts";
export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";
export * from "@sluice/sdk/exports/request-body";
export * from "@sluice/sdk/exports/request-trailers";
export * from "@sluice/sdk/exports/tick";

registerRoot((id: u32): RootContext => new TokenIntrospectionRoot(id));
