import { RootContext, registerRoot } from "@sluice/sdk";
import { HmacAuthRoot } from "./filter";

export * from "@sluice/sdk/exports/lifecycle";
export * from "@sluice/sdk/exports/request";
export * from "@sluice/sdk/exports/request-body";
export * from "@sluice/sdk/exports/request-trailers";
export * from "@sluice/sdk/exports/response";

registerRoot((id: u32): RootContext => new HmacAuthRoot(id));
